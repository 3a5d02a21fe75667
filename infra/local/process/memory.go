package process

// Memory is how much physical memory a process holds, in bytes.
type Memory struct {
	Resident int64 // now
	Peak     int64 // the most so far; zero if the system does not say
}
