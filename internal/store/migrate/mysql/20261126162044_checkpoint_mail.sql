-- +goose Up
-- modify "businesses" table
ALTER TABLE `businesses` ADD COLUMN `checkpoint_mail` bool NOT NULL DEFAULT 1, ADD COLUMN `checkpoint_due_at` datetime(6) NULL, ADD INDEX `business_checkpoint_due_at` (`checkpoint_due_at`);

-- +goose Down
-- reverse: modify "businesses" table
ALTER TABLE `businesses` DROP INDEX `business_checkpoint_due_at`, DROP COLUMN `checkpoint_due_at`, DROP COLUMN `checkpoint_mail`;
