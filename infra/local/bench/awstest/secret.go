package awstest

// Secret returns the operation that reads a secret: GetSecretValue. Every secret has the
// same value.
func Secret(value string) Service {
	return Service{"secretsmanager.GetSecretValue": func([]byte) (any, error) {
		return map[string]string{"SecretString": value}, nil
	}}
}
