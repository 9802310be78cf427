package template

// toStaff writes the e-mails to staff members.
func toStaff(kind Kind, s speaker, d Data) (subject, preheader string, body []block) {
	switch kind {
	case StaffInvited, StaffReset:
		return staffLink(kind, s, d)
	case StaffPasswordChanged:
		s.facts["moment"] = moment(s.locale, d.in(d.OccurredAt))
		return s.say("staff.changed.subject"), s.say("changed.preheader"), []block{
			{Text: s.say("staff.changed.fact"), Strong: true},
			{Text: s.say("changed.sessions")},
			{Text: s.say("staff.notYou")},
			{Text: s.say("staff.portal")},
		}
	default:
		s.facts["moment"] = moment(s.locale, d.in(d.OccurredAt))
		fact := "staff.secondFactor." + d.Change
		if _, known := catalogs[s.locale][fact]; !known {
			fact = "staff.secondFactor.changed"
		}
		return s.say("staff.secondFactor.subject"), s.say("changed.preheader"), []block{
			{Text: s.say(fact), Strong: true},
			{Text: s.say("staff.notYou")},
			{Text: s.say("staff.portal")},
		}
	}
}

func staffLink(kind Kind, s speaker, d Data) (subject, preheader string, body []block) {
	sent, expires := d.in(d.SentAt), d.in(d.ExpiresAt)
	s.facts["clock"] = clock(s.locale, expires)
	s.facts["date"] = date(s.locale, expires)
	preheader = s.say("reset.preheader")
	if !sameDay(sent, expires) {
		preheader = s.say("reset.preheader.otherDay")
	}
	key := "staff.reset"
	if kind == StaffInvited {
		key = "staff.invited"
	}
	started := key + ".startedBy"
	if kind == StaffReset || s.facts["staff"] == "" {
		started = key + ".asked"
	}
	return s.say(key + ".subject"), preheader, []block{
		{Text: s.say(started)},
		{Text: s.say(key + ".purpose")},
		{Button: s.say(key + ".button"), Hint: s.say("reset.linkText"), Link: d.Link},
		{Text: preheader, Strong: true},
		{Text: s.say(key + ".unexpected")},
	}
}
