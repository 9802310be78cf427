package password

import "officeportal/internal/fault"

// Faults tells what is wrong with a password as failures of the input field that it was typed into.
func Faults(field string, problems []Problem) []fault.Field {
	var out []fault.Field
	for _, p := range problems {
		switch p.Kind {
		case TooShort:
			out = append(out, fault.At(fault.TooShort, field, "error.tooShort", "need", p.Need, "has", p.Has))
		case TooCommon:
			out = append(out, fault.At(fault.TooCommon, field, "error.tooCommon"))
		default:
			out = append(out, fault.At(fault.Invalid, field, "error.passwordInvalid"))
		}
	}
	return out
}
