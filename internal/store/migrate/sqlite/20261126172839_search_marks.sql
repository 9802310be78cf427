-- +goose Up
-- add the marks; families written before have all of them, which hides nobody
ALTER TABLE `family_search_keys` ADD COLUMN `marks` integer NOT NULL DEFAULT 9007199254740991;
-- drop index "familysearchkey_business_id_archived_key_family_id" from table: "family_search_keys"
DROP INDEX `familysearchkey_business_id_archived_key_family_id`;
-- drop index "familysearchkey_in_order" from table: "family_search_keys"
DROP INDEX `familysearchkey_in_order`;
-- create index "familysearchkey_by_word" to table: "family_search_keys"
CREATE INDEX `familysearchkey_by_word` ON `family_search_keys` (`business_id`, `archived`, `key`, `family_id`, `marks`);
-- create index "familysearchkey_by_name" to table: "family_search_keys"
CREATE INDEX `familysearchkey_by_name` ON `family_search_keys` (`business_id`, `archived`, `stem`, `name_key`, `family_id`, `key`, `marks`);

-- +goose Down
DROP INDEX `familysearchkey_by_name`;
DROP INDEX `familysearchkey_by_word`;
CREATE INDEX `familysearchkey_in_order` ON `family_search_keys` (`business_id`, `archived`, `stem`, `name_key`, `family_id`, `key`);
CREATE INDEX `familysearchkey_business_id_archived_key_family_id` ON `family_search_keys` (`business_id`, `archived`, `key`, `family_id`);
ALTER TABLE `family_search_keys` DROP COLUMN `marks`;
