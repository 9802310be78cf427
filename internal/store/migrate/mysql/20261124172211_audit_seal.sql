-- +goose Up
-- modify "audit_entries" table
ALTER TABLE `audit_entries` ADD COLUMN `salt` binary(16) NULL, ADD COLUMN `kid` varchar(16) NULL, ADD COLUMN `mac` binary(32) NULL;
-- create "audit_checkpoints" table
CREATE TABLE `audit_checkpoints` (`id` bigint NOT NULL, `root` binary(32) NOT NULL, `note` varchar(4096) NOT NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "audit_erasures" table
CREATE TABLE `audit_erasures` (`id` binary(16) NOT NULL, `audit_id` binary(16) NOT NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), INDEX `auditerasure_audit_id_id` (`audit_id`, `id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "audit_leaves" table
CREATE TABLE `audit_leaves` (`id` bigint NOT NULL, `entry_id` binary(16) NOT NULL, `hash` binary(32) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `auditleaf_entry_id` (`entry_id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "audit_nodes" table
CREATE TABLE `audit_nodes` (`id` bigint NOT NULL, `hash` binary(32) NOT NULL, PRIMARY KEY (`id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "audit_unsealed" table
CREATE TABLE `audit_unsealed` (`id` binary(16) NOT NULL, PRIMARY KEY (`id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- what a process or a person writes past the product waits to be sealed too
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_added` AFTER INSERT ON `audit_entries` FOR EACH ROW
BEGIN
  INSERT INTO audit_unsealed (id) VALUES (NEW.id);
END;
-- +goose StatementEnd
INSERT IGNORE INTO `audit_unsealed` (`id`) SELECT `id` FROM `audit_entries`;
-- nothing is changed or deleted; an entry may lose personal data, with an erasure that an entry tells of, and nothing else
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_unchanged` BEFORE UPDATE ON `audit_entries` FOR EACH ROW
BEGIN
  IF NOT (
  EXISTS (SELECT 1 FROM audit_erasures x JOIN audit_entries e ON e.id = x.audit_id
    WHERE x.id = OLD.id AND e.action = 'PERSON_ERASED' AND e.business_id = OLD.business_id)
  AND NEW.id <=> OLD.id AND NEW.business_id <=> OLD.business_id AND CAST(NEW.action AS BINARY) <=> CAST(OLD.action AS BINARY)
  AND CAST(NEW.outcome AS BINARY) <=> CAST(OLD.outcome AS BINARY) AND CAST(NEW.actor_kind AS BINARY) <=> CAST(OLD.actor_kind AS BINARY) AND NEW.actor_id <=> OLD.actor_id
  AND NEW.family_id <=> OLD.family_id AND NEW.guardian_id <=> OLD.guardian_id AND CAST(NEW.subject_type AS BINARY) <=> CAST(OLD.subject_type AS BINARY)
  AND NEW.subject_id <=> OLD.subject_id AND CAST(NEW.channel AS BINARY) <=> CAST(OLD.channel AS BINARY) AND CAST(NEW.request_id AS BINARY) <=> CAST(OLD.request_id AS BINARY)
  AND NEW.occurred_at <=> OLD.occurred_at AND CAST(NEW.kid AS BINARY) <=> CAST(OLD.kid AS BINARY) AND NEW.mac <=> OLD.mac
  AND NEW.salt IS NULL AND JSON_LENGTH(NEW.facts) = 0 AND JSON_LENGTH(NEW.details) = 0
  AND (OLD.actor_kind IN ('STAFF', 'SYSTEM') AND CAST(NEW.actor_name AS BINARY) <=> CAST(OLD.actor_name AS BINARY) AND CAST(NEW.ip_address AS BINARY) <=> CAST(OLD.ip_address AS BINARY) AND CAST(NEW.agent AS BINARY) <=> CAST(OLD.agent AS BINARY)
    OR OLD.actor_kind NOT IN ('STAFF', 'SYSTEM') AND LENGTH(NEW.actor_name) = 0 AND LENGTH(NEW.ip_address) = 0 AND LENGTH(NEW.agent) = 0)
) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
  END IF;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_kept` BEFORE DELETE ON `audit_entries` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_leaves_unchanged` BEFORE UPDATE ON `audit_leaves` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_leaves_kept` BEFORE DELETE ON `audit_leaves` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_nodes_unchanged` BEFORE UPDATE ON `audit_nodes` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_nodes_kept` BEFORE DELETE ON `audit_nodes` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_checkpoints_unchanged` BEFORE UPDATE ON `audit_checkpoints` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_checkpoints_kept` BEFORE DELETE ON `audit_checkpoints` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_erasures_unchanged` BEFORE UPDATE ON `audit_erasures` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_erasures_kept` BEFORE DELETE ON `audit_erasures` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_erasures_sealed` BEFORE INSERT ON `audit_erasures` FOR EACH ROW
BEGIN
  IF NOT EXISTS (SELECT 1 FROM audit_leaves WHERE entry_id = NEW.id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
  END IF;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_unsealed_unchanged` BEFORE UPDATE ON `audit_unsealed` FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_unsealed_kept` BEFORE DELETE ON `audit_unsealed` FOR EACH ROW
BEGIN
  IF NOT EXISTS (SELECT 1 FROM audit_leaves WHERE entry_id = OLD.id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the Audit Log is only ever added to';
  END IF;
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
-- reverse: create "audit_leaves" table
DROP TABLE `audit_leaves`;
-- reverse: create "audit_erasures" table
DROP TABLE `audit_erasures`;
-- reverse: create "audit_checkpoints" table
DROP TABLE `audit_checkpoints`;
-- reverse: modify "audit_entries" table
ALTER TABLE `audit_entries` DROP COLUMN `mac`, DROP COLUMN `kid`, DROP COLUMN `salt`;
