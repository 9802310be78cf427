package contact

import "github.com/nyaruka/phonenumbers"

// DialCode returns the country calling code of a country (ISO 3166-1 alpha-2), such as 1 for US; 0 when unknown.
func DialCode(country string) int { return phonenumbers.GetCountryCodeForRegion(country) }

// IsDialCode reports whether there is a country with this calling code.
func IsDialCode(code int) bool {
	region := phonenumbers.GetRegionCodeForCountryCode(code)
	return region != "" && region != "ZZ" && region != "001" // 001: satellite and premium services of no country
}
