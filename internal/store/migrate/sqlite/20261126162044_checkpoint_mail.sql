-- +goose Up
-- add column "checkpoint_mail" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `checkpoint_mail` bool NOT NULL DEFAULT true;
-- add column "checkpoint_due_at" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `checkpoint_due_at` datetime NULL;
-- create index "business_checkpoint_due_at" to table: "businesses"
CREATE INDEX `business_checkpoint_due_at` ON `businesses` (`checkpoint_due_at`);

-- +goose Down
-- reverse: create index "business_checkpoint_due_at" to table: "businesses"
DROP INDEX `business_checkpoint_due_at`;
-- reverse: add column "checkpoint_due_at" to table: "businesses"
ALTER TABLE `businesses` DROP COLUMN `checkpoint_due_at`;
-- reverse: add column "checkpoint_mail" to table: "businesses"
ALTER TABLE `businesses` DROP COLUMN `checkpoint_mail`;
