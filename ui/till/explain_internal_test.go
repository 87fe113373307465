package till

// ExplainedErrors are the errors that have a sentence of their own.
func ExplainedErrors() []error {
	var list []error
	for _, e := range explanations {
		list = append(list, e.err)
	}
	return list
}
