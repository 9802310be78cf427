package identity

import (
	"time"

	"officeportal/internal/viewer"
)

// SignInInput are credentials. Business is the slug for guardians; nil signs in a staff member, whose
// address is unique over all businesses.
type SignInInput struct {
	Business        *string
	Email, Password string
}

// SignedIn is a new session. Token goes into the cookie and nowhere else.
type SignedIn struct {
	Viewer    viewer.Viewer
	Token     string
	Guardian  bool
	ExpiresAt time.Time
}
