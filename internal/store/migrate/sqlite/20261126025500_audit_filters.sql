-- +goose Up
-- create index "auditentry_by_action" to table: "audit_entries"
CREATE INDEX `auditentry_by_action` ON `audit_entries` (`business_id`, `action`, `outcome`, `channel`, `id`);
-- create index "auditentry_by_actor" to table: "audit_entries"
CREATE INDEX `auditentry_by_actor` ON `audit_entries` (`business_id`, `actor_id`, `action`, `outcome`, `channel`, `id`);

-- +goose Down
-- reverse: create index "auditentry_by_actor" to table: "audit_entries"
DROP INDEX `auditentry_by_actor`;
-- reverse: create index "auditentry_by_action" to table: "audit_entries"
DROP INDEX `auditentry_by_action`;
