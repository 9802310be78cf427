-- +goose Up
-- add column "salt" to table: "audit_entries"
ALTER TABLE `audit_entries` ADD COLUMN `salt` blob NULL;
-- add column "kid" to table: "audit_entries"
ALTER TABLE `audit_entries` ADD COLUMN `kid` text NULL;
-- add column "mac" to table: "audit_entries"
ALTER TABLE `audit_entries` ADD COLUMN `mac` blob NULL;
-- create "audit_checkpoints" table
CREATE TABLE `audit_checkpoints` (`id` integer NOT NULL, `root` blob NOT NULL, `note` text NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "audit_erasures" table
CREATE TABLE `audit_erasures` (`id` blob NOT NULL, `audit_id` blob NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "auditerasure_audit_id_id" to table: "audit_erasures"
CREATE INDEX `auditerasure_audit_id_id` ON `audit_erasures` (`audit_id`, `id`);
-- create "audit_leaves" table
CREATE TABLE `audit_leaves` (`id` integer NOT NULL, `entry_id` blob NOT NULL, `hash` blob NOT NULL, PRIMARY KEY (`id`));
-- create index "auditleaf_entry_id" to table: "audit_leaves"
CREATE UNIQUE INDEX `auditleaf_entry_id` ON `audit_leaves` (`entry_id`);
-- create "audit_nodes" table
CREATE TABLE `audit_nodes` (`id` integer NOT NULL, `hash` blob NOT NULL, PRIMARY KEY (`id`));
-- create "audit_unsealed" table
CREATE TABLE `audit_unsealed` (`id` blob NOT NULL, PRIMARY KEY (`id`));
-- what a process or a person writes past the product waits to be sealed too
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_added` AFTER INSERT ON `audit_entries`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to') WHERE EXISTS (SELECT 1 FROM audit_leaves WHERE entry_id = NEW.id);
  INSERT INTO audit_unsealed (id) VALUES (NEW.id);
END;
-- +goose StatementEnd
INSERT OR IGNORE INTO `audit_unsealed` (`id`) SELECT `id` FROM `audit_entries`;
-- nothing is changed or deleted; an entry may lose personal data, with an erasure that an entry tells of, and nothing else
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_unchanged` BEFORE UPDATE ON `audit_entries`
WHEN NOT (
  EXISTS (SELECT 1 FROM audit_erasures x JOIN audit_entries e ON e.id = x.audit_id
    WHERE x.id = OLD.id AND e.action = 'PERSON_ERASED' AND e.business_id = OLD.business_id)
  AND NEW.id IS OLD.id AND NEW.business_id IS OLD.business_id AND NEW.action IS OLD.action
  AND NEW.outcome IS OLD.outcome AND NEW.actor_kind IS OLD.actor_kind AND NEW.actor_id IS OLD.actor_id
  AND NEW.family_id IS OLD.family_id AND NEW.guardian_id IS OLD.guardian_id AND NEW.subject_type IS OLD.subject_type
  AND NEW.subject_id IS OLD.subject_id AND NEW.channel IS OLD.channel AND NEW.request_id IS OLD.request_id
  AND NEW.occurred_at IS OLD.occurred_at AND NEW.kid IS OLD.kid AND NEW.mac IS OLD.mac
  AND NEW.salt IS NULL AND NEW.facts = '{}' AND NEW.details = '[]'
  AND (OLD.actor_kind IN ('STAFF', 'SYSTEM') AND NEW.actor_name IS OLD.actor_name AND NEW.ip_address IS OLD.ip_address AND NEW.agent IS OLD.agent
    OR OLD.actor_kind NOT IN ('STAFF', 'SYSTEM') AND LENGTH(NEW.actor_name) = 0 AND LENGTH(NEW.ip_address) = 0 AND LENGTH(NEW.agent) = 0)
)
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_kept` BEFORE DELETE ON `audit_entries`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_leaves_unchanged` BEFORE UPDATE ON `audit_leaves`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_leaves_kept` BEFORE DELETE ON `audit_leaves`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_nodes_unchanged` BEFORE UPDATE ON `audit_nodes`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_nodes_kept` BEFORE DELETE ON `audit_nodes`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_checkpoints_unchanged` BEFORE UPDATE ON `audit_checkpoints`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_checkpoints_kept` BEFORE DELETE ON `audit_checkpoints`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_erasures_unchanged` BEFORE UPDATE ON `audit_erasures`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_erasures_kept` BEFORE DELETE ON `audit_erasures`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_erasures_sealed` BEFORE INSERT ON `audit_erasures`
WHEN NOT EXISTS (SELECT 1 FROM audit_leaves WHERE entry_id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_unsealed_unchanged` BEFORE UPDATE ON `audit_unsealed`
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_unsealed_kept` BEFORE DELETE ON `audit_unsealed`
WHEN NOT EXISTS (SELECT 1 FROM audit_leaves WHERE entry_id = OLD.id)
BEGIN
  SELECT RAISE(ABORT, 'the Audit Log is only ever added to');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER `audit_entries_added`;
DROP TRIGGER `audit_entries_unchanged`;
DROP TRIGGER `audit_entries_kept`;
DROP TRIGGER `audit_leaves_unchanged`;
DROP TRIGGER `audit_leaves_kept`;
DROP TRIGGER `audit_nodes_unchanged`;
DROP TRIGGER `audit_nodes_kept`;
DROP TRIGGER `audit_checkpoints_unchanged`;
DROP TRIGGER `audit_checkpoints_kept`;
DROP TRIGGER `audit_erasures_unchanged`;
DROP TRIGGER `audit_erasures_kept`;
DROP TRIGGER `audit_erasures_sealed`;
DROP TRIGGER `audit_unsealed_unchanged`;
DROP TRIGGER `audit_unsealed_kept`;
-- reverse: create "audit_unsealed" table
DROP TABLE `audit_unsealed`;
-- reverse: create "audit_nodes" table
DROP TABLE `audit_nodes`;
-- reverse: create index "auditleaf_entry_id" to table: "audit_leaves"
DROP INDEX `auditleaf_entry_id`;
-- reverse: create "audit_leaves" table
DROP TABLE `audit_leaves`;
-- reverse: create index "auditerasure_audit_id_id" to table: "audit_erasures"
DROP INDEX `auditerasure_audit_id_id`;
-- reverse: create "audit_erasures" table
DROP TABLE `audit_erasures`;
-- reverse: create "audit_checkpoints" table
DROP TABLE `audit_checkpoints`;
-- reverse: add column "mac" to table: "audit_entries"
ALTER TABLE `audit_entries` DROP COLUMN `mac`;
-- reverse: add column "kid" to table: "audit_entries"
ALTER TABLE `audit_entries` DROP COLUMN `kid`;
-- reverse: add column "salt" to table: "audit_entries"
ALTER TABLE `audit_entries` DROP COLUMN `salt`;
