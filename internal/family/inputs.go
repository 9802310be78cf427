package family

import "officeportal/internal/ident"

// CreateFamilyInput names a new family.
type CreateFamilyInput struct{ Name string }

// UpdateFamilyInput changes the name of a family. Version is the one that was shown.
type UpdateFamilyInput struct {
	FamilyID ident.ID
	Version  int
	Name     string
}

// VersionedID names a row as it was when it was shown.
type VersionedID struct {
	ID      ident.ID
	Version int
}

// AddGuardianInput describes a new guardian. Phone may be written nationally; an empty Locale means the
// business's.
type AddGuardianInput struct {
	FamilyID                             ident.ID
	Name, Relation, Email, Phone, Locale string
	CanLogIn                             bool
}

// UpdateGuardianInput changes a guardian. What is nil stays as it is; an empty text clears the field
// where it may be empty.
type UpdateGuardianInput struct {
	GuardianID                           ident.ID
	Version                              int
	Name, Relation, Email, Phone, Locale *string
}

// SetGuardianLoginAccessInput switches the "Can Log In" flag.
type SetGuardianLoginAccessInput struct {
	GuardianID ident.ID
	Version    int
	CanLogIn   bool
}

// AddStudentInput describes a new student. BirthDate is YYYY-MM-DD or empty.
type AddStudentInput struct {
	FamilyID        ident.ID
	Name, BirthDate string
}

// UpdateStudentInput changes a student. What is nil stays as it is; an empty BirthDate clears it.
type UpdateStudentInput struct {
	StudentID       ident.ID
	Version         int
	Name, BirthDate *string
}
