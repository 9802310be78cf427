-- +goose Up
-- modify "family_search_keys" table
ALTER TABLE `family_search_keys` ADD COLUMN `marks` bigint NOT NULL DEFAULT 9007199254740991, DROP INDEX `familysearchkey_business_id_archived_key_family_id`, DROP INDEX `familysearchkey_in_order`, ADD INDEX `familysearchkey_by_name` (`business_id`, `archived`, `stem`, `name_key`, `family_id`, `key`, `marks`), ADD INDEX `familysearchkey_by_word` (`business_id`, `archived`, `key`, `family_id`, `marks`);

-- +goose Down
-- reverse: modify "family_search_keys" table
ALTER TABLE `family_search_keys` DROP INDEX `familysearchkey_by_word`, DROP INDEX `familysearchkey_by_name`, ADD INDEX `familysearchkey_in_order` (`business_id`, `archived`, `stem`, `name_key`, `family_id`, `key`), ADD INDEX `familysearchkey_business_id_archived_key_family_id` (`business_id`, `archived`, `key`, `family_id`), DROP COLUMN `marks`;
