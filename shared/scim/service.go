package scim

// ServiceConfig is what a service says of itself at /ServiceProviderConfig (RFC 7643,
// section 5), as far as it concerns us. What it does not mention is nil.
type ServiceConfig struct {
	Patch  *Supported `json:"patch"`
	ETag   *Supported `json:"etag"`
	Filter *Filtering `json:"filter"`
	Bulk   *BulkLimit `json:"bulk"`
}

// Supported says whether a service has a feature.
type Supported struct {
	Supported bool `json:"supported"`
}

// Filtering says whether a service has filters, and how many resources one finds at most.
type Filtering struct {
	Supported
	MaxResults int `json:"maxResults"`
}

// BulkLimit says whether a service takes many operations in one request, and how many, in
// how many bytes.
type BulkLimit struct {
	Supported
	MaxOperations  int `json:"maxOperations"`
	MaxPayloadSize int `json:"maxPayloadSize"`
}

// Narrowed returns the profile without what the service says that it lacks. It never adds
// anything: a service may say more than it does.
func (p Profile) Narrowed(c ServiceConfig) Profile {
	if c.Patch != nil && !c.Patch.Supported {
		p.NoPatch = true
	}
	if c.Filter != nil && c.Filter.MaxResults > 0 {
		p.PageSize = min(p.PageSize, c.Filter.MaxResults)
	}
	if b := c.Bulk; b != nil {
		p.Bulk.narrow(*b)
	}
	return p
}

// narrow takes from a size what the service says that it lacks.
func (s *BulkSize) narrow(by BulkLimit) {
	if !by.Supported.Supported {
		*s = BulkSize{}
		return
	}
	if by.MaxOperations > 0 {
		s.Operations = min(s.Operations, by.MaxOperations)
	}
	if by.MaxPayloadSize > 0 {
		s.Bytes = min(s.Bytes, by.MaxPayloadSize)
	}
}
