package policy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what an uploaded picture may be
	_ "image/png"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"officeportal/ent"
	"officeportal/ent/policyscan"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// MaxScan is how many bytes a scan may have.
const MaxScan = 10 << 20

// unrecordedLife is how long a scan waits for its form to be recorded.
const unrecordedLife = 24 * time.Hour

// Codes of scans that are refused; they are no codes of the GraphQL API.
const (
	TooLarge    fault.Code = "TOO_LARGE"
	UnknownType fault.Code = "UNKNOWN_TYPE"
)

// columns of a scan without the file itself.
var scanFacts = []string{policyscan.FieldID, policyscan.FieldBusinessID, policyscan.FieldAcceptanceID, policyscan.FieldFileName,
	policyscan.FieldMediaType, policyscan.FieldSize, policyscan.FieldSha256, policyscan.FieldUploadedBy, policyscan.FieldCreatedAt}

// SaveScan keeps an uploaded picture of a form until its form is recorded, a day at most. Staff with POLICIES_MANAGE
// may call it. What it is, its content decides. It refuses with Forbidden, Required for an empty file, TooLarge and
// UnknownType; an error of the reader comes back as it is.
func (s *Service) SaveScan(ctx context.Context, fileName string, r io.Reader) (*ent.PolicyScan, error) {
	v := viewer.From(ctx)
	entry := audit.Entry{Action: audit.PolicyScanUploaded, Facts: map[string]string{"scan": cleanFileName(fileName, "")}}
	if v.Kind != viewer.StaffMember {
		return nil, fault.New(fault.Forbidden, "policy.scanForbidden")
	}
	if !v.Can(viewer.PoliciesManage) {
		return nil, s.refusedEntry(ctx, entry, fault.New(fault.Forbidden, "policy.scanForbidden"))
	}
	content, err := io.ReadAll(io.LimitReader(r, MaxScan+1))
	if err != nil {
		return nil, err
	}
	kind := mediaType(content)
	switch {
	case len(content) == 0:
		return nil, s.refusedEntry(ctx, entry, fault.New(fault.Required, "policy.scanEmpty"))
	case len(content) > MaxScan:
		return nil, s.refusedEntry(ctx, entry, fault.New(TooLarge, "policy.scanTooLarge", "max", MaxScan>>20))
	case kind == "":
		return nil, s.refusedEntry(ctx, entry, fault.New(UnknownType, "policy.scanType"))
	}
	id, sum, name := ident.New(), sha256.Sum256(content), cleanFileName(fileName, kind)
	if s.ScansIn != "" {
		if err := s.writeFile(v.BusinessID, id, content); err != nil {
			return nil, err
		}
	}
	var made *ent.PolicyScan
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		create := tx.PolicyScan.Create().SetID(id).SetBusinessID(v.BusinessID).SetFileName(name).SetMediaType(kind).SetSize(len(content)).
			SetSha256(sum[:]).SetUploadedBy(v.PersonID).SetCreatedAt(tx.Now)
		var err error
		if made, err = create.Save(ctx); err != nil {
			return err
		}
		if s.ScansIn == "" {
			if err := s.fill(ctx, tx, id, content); err != nil {
				return err
			}
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.PolicyScanUploaded, SubjectType: audit.SubjectScan, Subject: id,
			Facts: map[string]string{"scan": name}, Details: []schematype.Detail{{Key: "mediaType", After: kind},
				{Key: "size", After: strconv.Itoa(len(content))}, {Key: "sha256", After: fmt.Sprintf("%x", sum)}}})
		return err
	})
	if err != nil && !store.Unknown(err) && s.ScansIn != "" {
		_ = os.Remove(s.file(v.BusinessID, id)) // nobody would find it
	}
	if err != nil {
		return nil, err
	}
	return made.Unwrap(), nil
}

// fill writes the content of a scan. MariaDB takes statements of 16 MB, and a byte may need two in a statement: letters
// do not.
func (s *Service) fill(ctx context.Context, tx *store.Tx, id ident.ID, content []byte) error {
	statement, value := "UPDATE policy_scans SET content = ? WHERE id = ?", any(content)
	if s.Store.Driver.Dialect() != dialect.SQLite {
		statement, value = "UPDATE policy_scans SET content = FROM_BASE64(?) WHERE id = ?", base64.StdEncoding.EncodeToString(content)
	}
	_, err := tx.Client().ExecContext(ctx, statement, value, id)
	return err
}

// mediaType knows a file by its content; empty for what may not be uploaded.
func mediaType(content []byte) string {
	if bytes.HasPrefix(content, []byte("%PDF-")) {
		return "application/pdf"
	}
	if _, format, err := image.DecodeConfig(bytes.NewReader(content)); err == nil {
		return map[string]string{"jpeg": "image/jpeg", "png": "image/png"}[format]
	}
	return ""
}

// endings are what files of a type may be called, the first when they are called otherwise.
var endings = map[string][]string{"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}}

// cleanFileName returns a name that says nothing but what is in the file, at most 120 characters long.
func cleanFileName(name, kind string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if hidden(r) || strings.ContainsRune("\n\t\"<>:|?*/", r) {
			return -1
		}
		return r
	}, name))
	name = strings.TrimLeft(name, ".")
	if name == "" {
		name = "form"
	}
	ending := strings.ToLower(path.Ext(name))
	stem := []rune(strings.TrimSuffix(name, path.Ext(name)))
	if len(endings[kind]) == 0 {
		return string([]rune(name)[:min(len([]rune(name)), 120)])
	}
	if known := endings[kind]; ending != known[0] && ending != known[len(known)-1] {
		stem, ending = []rune(name), known[0]
	}
	return string(stem[:min(len(stem), 110)]) + ending
}

func (s *Service) file(business, id ident.ID) string {
	return filepath.Join(s.ScansIn, business.String(), id.String())
}

// writeFile writes the whole of a file to the disk, or none of it.
func (s *Service) writeFile(business, id ident.ID, content []byte) error {
	name := s.file(business, id)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(name + ".part")
		return err
	}
	return os.Rename(name+".part", name)
}

// Scan returns a scan with its content, and records who looked at it. Staff with POLICIES_MANAGE or AUDIT_READ may call
// it. It refuses with Forbidden and NotFound.
func (s *Service) Scan(ctx context.Context, id ident.ID) (*ent.PolicyScan, []byte, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.StaffMember {
		return nil, nil, fault.New(fault.Forbidden, "policy.scanForbidden")
	}
	entry := audit.Entry{Action: audit.PolicyScanViewed, SubjectType: audit.SubjectScan, Subject: id, Facts: map[string]string{}}
	if !v.Can(viewer.PoliciesManage) && !v.Can(viewer.AuditRead) {
		return nil, nil, s.refusedEntry(ctx, entry, fault.New(fault.Forbidden, "policy.scanForbidden"))
	}
	ctx = store.WithFresh(ctx)
	scan, err := s.Store.Client.PolicyScan.Query().Where(policyscan.BusinessID(v.BusinessID), policyscan.ID(id)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil, s.refusedEntry(ctx, entry, fault.New(fault.NotFound, "policy.scanMissing"))
	}
	if err != nil {
		return nil, nil, err
	}
	entry.Facts["scan"] = scan.FileName
	var content []byte
	if scan.Content != nil && *scan.Content != nil {
		content = *scan.Content
	} else if content, err = os.ReadFile(s.file(v.BusinessID, id)); err != nil {
		return nil, nil, fmt.Errorf("policy: the file of scan %s can't be read: %w", id, err)
	}
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], scan.Sha256) {
		return nil, nil, fmt.Errorf("policy: the file of scan %s was changed", id)
	}
	if err := s.about(inside(ctx, v.BusinessID), scan, &entry); err != nil {
		return nil, nil, err
	}
	return scan, content, s.record(ctx, entry)
}

// about adds whose form it is.
func (s *Service) about(ctx context.Context, scan *ent.PolicyScan, entry *audit.Entry) error {
	if scan.AcceptanceID == nil {
		return nil
	}
	a, err := s.Store.Client.PolicyAcceptance.Get(ctx, *scan.AcceptanceID)
	if err != nil {
		return err
	}
	g, err := s.Store.Client.Guardian.Get(ctx, a.AcceptedBy)
	if err != nil {
		return err
	}
	entry.Family, entry.Guardian, entry.Facts["guardian"] = g.FamilyID, g.ID, g.Name
	return nil
}

// ScansOf returns the scans of acceptances, without their content. For staff; others get none.
func (s *Service) ScansOf(ctx context.Context, acceptances []ident.ID) (map[ident.ID]*ent.PolicyScan, error) {
	out := map[ident.ID]*ent.PolicyScan{}
	if viewer.From(ctx).Kind != viewer.StaffMember || len(acceptances) == 0 {
		return out, nil
	}
	rows, err := s.Store.Client.PolicyScan.Query().
		Where(policyscan.BusinessID(viewer.From(ctx).BusinessID), policyscan.AcceptanceIDIn(acceptances...)).Select(scanFacts...).All(ctx)
	for _, r := range rows {
		out[*r.AcceptanceID] = r
	}
	return out, err
}

// ScanFacts returns a scan without its content, nil when there is none or the viewer is no staff member.
func (s *Service) ScanFacts(ctx context.Context, id ident.ID) (*ent.PolicyScan, error) {
	if viewer.From(ctx).Kind != viewer.StaffMember {
		return nil, nil
	}
	row, err := s.Store.Client.PolicyScan.Query().
		Where(policyscan.BusinessID(viewer.From(ctx).BusinessID), policyscan.ID(id)).Select(scanFacts...).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return row, err
}

// SweepScans removes scans whose form was not recorded within a day, at most limit of them, and returns how many.
func (s *Service) SweepScans(ctx context.Context, limit int) (int, error) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "uploads that nobody recorded are removed in all businesses")
	old, err := s.Store.Client.PolicyScan.Query().
		Where(policyscan.AcceptanceIDIsNil(), policyscan.CreatedAtLT(s.Store.Now().Add(-unrecordedLife))).
		Limit(limit).Select(policyscan.FieldID, policyscan.FieldBusinessID).All(ctx)
	if err != nil {
		return 0, err
	}
	for i, scan := range old {
		// The condition again: it may be recorded at this moment, though it is a day old.
		n, err := s.Store.Client.PolicyScan.Delete().
			Where(policyscan.BusinessID(scan.BusinessID), policyscan.ID(scan.ID), policyscan.AcceptanceIDIsNil()).Exec(ctx)
		if err != nil {
			return i, err
		}
		if n == 1 && s.ScansIn != "" {
			if err := os.Remove(s.file(scan.BusinessID, scan.ID)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return i, err
			}
		}
	}
	return len(old), nil
}
