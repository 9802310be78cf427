-- +goose Up
-- modify "audit_entries" table
ALTER TABLE `audit_entries` ADD INDEX `auditentry_by_action` (`business_id`, `action`, `outcome`, `channel`, `id`), ADD INDEX `auditentry_by_actor` (`business_id`, `actor_id`, `action`, `outcome`, `channel`, `id`);

-- +goose Down
-- reverse: modify "audit_entries" table
ALTER TABLE `audit_entries` DROP INDEX `auditentry_by_actor`, DROP INDEX `auditentry_by_action`;
