-- +goose Up
-- add column "second_factor_required" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `second_factor_required` bool NOT NULL DEFAULT false;
-- add column "sms_dial_codes" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `sms_dial_codes` text NOT NULL DEFAULT '';
-- add column "sms_day_cap" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `sms_day_cap` integer NOT NULL DEFAULT 500;
-- add column "sms_paused_at" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `sms_paused_at` datetime NULL;
-- add column "accent" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `accent` text NOT NULL DEFAULT '';
-- add column "version" to table: "businesses"
ALTER TABLE `businesses` ADD COLUMN `version` integer NOT NULL DEFAULT 1;
-- add column "policies_missing" to table: "families"
ALTER TABLE `families` ADD COLUMN `policies_missing` bool NOT NULL DEFAULT false;
-- create index "family_business_id_archived_policies_missing_name_key_id" to table: "families"
CREATE INDEX `family_business_id_archived_policies_missing_name_key_id` ON `families` (`business_id`, `archived`, `policies_missing`, `name_key`, `id`);
-- create index "family_business_id_archived_policies_missing_updated_at_id" to table: "families"
CREATE INDEX `family_business_id_archived_policies_missing_updated_at_id` ON `families` (`business_id`, `archived`, `policies_missing`, `updated_at`, `id`);
-- add column "password_origin" to table: "guardians"
ALTER TABLE `guardians` ADD COLUMN `password_origin` text NOT NULL DEFAULT '';
-- add column "password_reset_id" to table: "guardians"
ALTER TABLE `guardians` ADD COLUMN `password_reset_id` blob NULL;
-- add column "failures" to table: "guardians"
ALTER TABLE `guardians` ADD COLUMN `failures` integer NOT NULL DEFAULT 0;
-- add column "password_disabled_at" to table: "guardians"
ALTER TABLE `guardians` ADD COLUMN `password_disabled_at` datetime NULL;
-- add column "invited_at" to table: "guardians"
ALTER TABLE `guardians` ADD COLUMN `invited_at` datetime NULL;
-- add column "email_problem" to table: "guardians"
ALTER TABLE `guardians` ADD COLUMN `email_problem` text NOT NULL DEFAULT '';
-- create "new_messages" table
CREATE TABLE `new_messages` (`id` blob NOT NULL, `guardian_id` blob NULL, `staff_id` blob NULL, `staff_token_id` blob NULL, `kind` text NOT NULL, `channel` text NOT NULL, `destination` text NOT NULL, `locale` text NOT NULL, `params` json NOT NULL, `request_id` text NOT NULL DEFAULT (''), `state` text NOT NULL DEFAULT ('QUEUED'), `delivery` text NOT NULL DEFAULT ('QUEUED'), `problem` text NOT NULL DEFAULT (''), `credit` text NOT NULL DEFAULT ('NONE'), `attempt` integer NOT NULL DEFAULT (0), `lease_owner` text NOT NULL DEFAULT (''), `due_at` datetime NULL, `first_sent_at` datetime NULL, `provider` text NOT NULL DEFAULT (''), `provider_id` text NOT NULL DEFAULT (''), `accepted_at` datetime NULL, `delivered_at` datetime NULL, `failed_at` datetime NULL, `parts` integer NOT NULL DEFAULT (0), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `business_id` blob NOT NULL, `reset_token_id` blob NULL, PRIMARY KEY (`id`), CONSTRAINT `messages_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `messages_reset_tokens_message` FOREIGN KEY (`business_id`, `reset_token_id`) REFERENCES `reset_tokens` (`business_id`, `id`) ON DELETE NO ACTION);
-- copy rows from old table "messages" to new temporary table "new_messages"
INSERT INTO `new_messages` (`id`, `guardian_id`, `kind`, `channel`, `destination`, `locale`, `params`, `request_id`, `state`, `delivery`, `problem`, `credit`, `attempt`, `lease_owner`, `due_at`, `first_sent_at`, `provider_id`, `created_at`, `updated_at`, `business_id`, `reset_token_id`) SELECT `id`, `guardian_id`, `kind`, `channel`, `destination`, `locale`, `params`, `request_id`, `state`, `delivery`, `problem`, `credit`, `attempt`, `lease_owner`, `due_at`, `first_sent_at`, `provider_id`, `created_at`, `updated_at`, `business_id`, `reset_token_id` FROM `messages`;
-- drop "messages" table after copying rows
DROP TABLE `messages`;
-- rename temporary table "new_messages" to "messages"
ALTER TABLE `new_messages` RENAME TO `messages`;
-- create index "messages_reset_token_id_key" to table: "messages"
CREATE UNIQUE INDEX `messages_reset_token_id_key` ON `messages` (`reset_token_id`);
-- create index "message_business_id_id" to table: "messages"
CREATE UNIQUE INDEX `message_business_id_id` ON `messages` (`business_id`, `id`);
-- create index "message_due_at" to table: "messages"
CREATE INDEX `message_due_at` ON `messages` (`due_at`);
-- create index "message_business_id_reset_token_id" to table: "messages"
CREATE INDEX `message_business_id_reset_token_id` ON `messages` (`business_id`, `reset_token_id`);
-- create index "message_business_id_guardian_id_id" to table: "messages"
CREATE INDEX `message_business_id_guardian_id_id` ON `messages` (`business_id`, `guardian_id`, `id`);
-- create index "message_provider_id" to table: "messages"
CREATE INDEX `message_provider_id` ON `messages` (`provider_id`);
-- create index "message_business_id_staff_id_id" to table: "messages"
CREATE INDEX `message_business_id_staff_id_id` ON `messages` (`business_id`, `staff_id`, `id`);
-- create index "message_credit_first_sent_at" to table: "messages"
CREATE INDEX `message_credit_first_sent_at` ON `messages` (`credit`, `first_sent_at`);
-- add column "purpose" to table: "reset_tokens"
ALTER TABLE `reset_tokens` ADD COLUMN `purpose` text NOT NULL DEFAULT 'RESET';
-- add column "contact_changed_by" to table: "reset_tokens"
ALTER TABLE `reset_tokens` ADD COLUMN `contact_changed_by` blob NULL;
-- add column "contact_changed_at" to table: "reset_tokens"
ALTER TABLE `reset_tokens` ADD COLUMN `contact_changed_at` datetime NULL;
-- create index "resettoken_business_id_channel_id" to table: "reset_tokens"
CREATE INDEX `resettoken_business_id_channel_id` ON `reset_tokens` (`business_id`, `channel`, `id`);
-- add column "pending" to table: "sessions"
ALTER TABLE `sessions` ADD COLUMN `pending` bool NOT NULL DEFAULT false;
-- add column "second_factor_at" to table: "sessions"
ALTER TABLE `sessions` ADD COLUMN `second_factor_at` datetime NULL;
-- add column "proved_at" to table: "sessions"
ALTER TABLE `sessions` ADD COLUMN `proved_at` datetime NULL;
-- add column "challenge" to table: "sessions"
ALTER TABLE `sessions` ADD COLUMN `challenge` blob NULL;
-- add column "seen_at" to table: "sessions"
ALTER TABLE `sessions` ADD COLUMN `seen_at` datetime NULL;
-- add column "reserve" to table: "sms_accounts"
ALTER TABLE `sms_accounts` ADD COLUMN `reserve` integer NOT NULL DEFAULT 0;
-- add column "low_at" to table: "sms_accounts"
ALTER TABLE `sms_accounts` ADD COLUMN `low_at` integer NOT NULL DEFAULT 20;
-- add column "low_told_at" to table: "sms_accounts"
ALTER TABLE `sms_accounts` ADD COLUMN `low_told_at` datetime NULL;
-- add column "password_set_at" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `password_set_at` datetime NULL;
-- add column "failures" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `failures` integer NOT NULL DEFAULT 0;
-- add column "password_disabled_at" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `password_disabled_at` datetime NULL;
-- add column "totp_secret" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `totp_secret` blob NULL;
-- add column "totp_confirmed_at" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `totp_confirmed_at` datetime NULL;
-- add column "totp_step" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `totp_step` integer NOT NULL DEFAULT 0;
-- add column "second_failures" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `second_failures` integer NOT NULL DEFAULT 0;
-- add column "invited_at" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `invited_at` datetime NULL;
-- add column "version" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `version` integer NOT NULL DEFAULT 1;
-- add column "updated_at" to table: "staff_members"
ALTER TABLE `staff_members` ADD COLUMN `updated_at` datetime NULL;
-- create "api_tokens" table
CREATE TABLE `api_tokens` (`id` blob NOT NULL, `name` text NOT NULL, `token_hash` blob NOT NULL, `hint` text NOT NULL, `permissions` json NOT NULL, `cred_epoch` integer NOT NULL, `expires_at` datetime NOT NULL, `last_used_at` datetime NULL, `last_used_address` text NOT NULL DEFAULT (''), `revoked_at` datetime NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, `staff_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `api_tokens_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `api_tokens_staff_members_staff_member` FOREIGN KEY (`business_id`, `staff_id`) REFERENCES `staff_members` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "api_tokens_token_hash_key" to table: "api_tokens"
CREATE UNIQUE INDEX `api_tokens_token_hash_key` ON `api_tokens` (`token_hash`);
-- create index "apitoken_business_id_id" to table: "api_tokens"
CREATE UNIQUE INDEX `apitoken_business_id_id` ON `api_tokens` (`business_id`, `id`);
-- create index "apitoken_business_id_staff_id_id" to table: "api_tokens"
CREATE INDEX `apitoken_business_id_staff_id_id` ON `api_tokens` (`business_id`, `staff_id`, `id`);
-- create "policies" table
CREATE TABLE `policies` (`id` blob NOT NULL, `title` text NOT NULL, `scope` text NOT NULL, `required` bool NOT NULL DEFAULT (true), `versions` integer NOT NULL DEFAULT (0), `current_version_id` blob NULL, `retired_at` datetime NULL, `version` integer NOT NULL DEFAULT (1), `recount_due_at` datetime NULL, `recount_after` blob NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `policies_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "businesspolicy_business_id_id" to table: "policies"
CREATE UNIQUE INDEX `businesspolicy_business_id_id` ON `policies` (`business_id`, `id`);
-- create index "businesspolicy_recount_due_at" to table: "policies"
CREATE INDEX `businesspolicy_recount_due_at` ON `policies` (`recount_due_at`);
-- create "passkeys" table
CREATE TABLE `passkeys` (`id` blob NOT NULL, `name` text NOT NULL, `credential_hash` blob NOT NULL, `credential` json NOT NULL, `last_used_at` datetime NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, `staff_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `passkeys_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `passkeys_staff_members_staff_member` FOREIGN KEY (`business_id`, `staff_id`) REFERENCES `staff_members` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "passkeys_credential_hash_key" to table: "passkeys"
CREATE UNIQUE INDEX `passkeys_credential_hash_key` ON `passkeys` (`credential_hash`);
-- create index "passkey_business_id_id" to table: "passkeys"
CREATE UNIQUE INDEX `passkey_business_id_id` ON `passkeys` (`business_id`, `id`);
-- create index "passkey_business_id_staff_id_id" to table: "passkeys"
CREATE INDEX `passkey_business_id_staff_id_id` ON `passkeys` (`business_id`, `staff_id`, `id`);
-- create "policy_acceptances" table
CREATE TABLE `policy_acceptances` (`id` blob NOT NULL, `policy_id` blob NOT NULL, `version_number` integer NOT NULL, `method` text NOT NULL, `accepted_by` blob NOT NULL, `recorded_by` blob NULL, `recorded_at` datetime NOT NULL, `signed_on` text NOT NULL DEFAULT (''), `note` text NOT NULL DEFAULT (''), `text_hash` blob NOT NULL, `ip_address` text NOT NULL DEFAULT (''), `agent` text NOT NULL DEFAULT (''), `session_id` blob NULL, `password_origin` text NOT NULL DEFAULT (''), `password_reset_id` blob NULL, `password_channel` text NOT NULL DEFAULT (''), `contact_changed_by_staff` bool NOT NULL DEFAULT (false), `contact_changed_by` blob NULL, `contact_changed_at` datetime NULL, `slot` blob NULL, `superseded_at` datetime NULL, `superseded_by` blob NULL, `audit_id` blob NOT NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, `policy_version_id` blob NOT NULL, `family_id` blob NOT NULL, `student_id` blob NULL, PRIMARY KEY (`id`), CONSTRAINT `policy_acceptances_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `policy_acceptances_policy_versions_policy_version` FOREIGN KEY (`business_id`, `policy_version_id`) REFERENCES `policy_versions` (`business_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `policy_acceptances_families_family` FOREIGN KEY (`business_id`, `family_id`) REFERENCES `families` (`business_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `policy_acceptances_students_student` FOREIGN KEY (`business_id`, `student_id`) REFERENCES `students` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "policyacceptance_business_id_id" to table: "policy_acceptances"
CREATE UNIQUE INDEX `policyacceptance_business_id_id` ON `policy_acceptances` (`business_id`, `id`);
-- create index "policyacceptance_business_id_family_id_id" to table: "policy_acceptances"
CREATE INDEX `policyacceptance_business_id_family_id_id` ON `policy_acceptances` (`business_id`, `family_id`, `id`);
-- create index "policyacceptance_of_version" to table: "policy_acceptances"
CREATE INDEX `policyacceptance_of_version` ON `policy_acceptances` (`business_id`, `policy_id`, `version_number`, `method`, `id`);
-- create index "policyacceptance_business_id_policy_version_id_id" to table: "policy_acceptances"
CREATE INDEX `policyacceptance_business_id_policy_version_id_id` ON `policy_acceptances` (`business_id`, `policy_version_id`, `id`);
-- create index "policyacceptance_business_id_student_id_id" to table: "policy_acceptances"
CREATE INDEX `policyacceptance_business_id_student_id_id` ON `policy_acceptances` (`business_id`, `student_id`, `id`);
-- create index "policyacceptance_business_id_slot" to table: "policy_acceptances"
CREATE UNIQUE INDEX `policyacceptance_business_id_slot` ON `policy_acceptances` (`business_id`, `slot`);
-- create "policy_gaps" table
CREATE TABLE `policy_gaps` (`id` blob NOT NULL, `student_id` blob NOT NULL, `name_key` text NOT NULL, `business_id` blob NOT NULL, `policy_id` blob NOT NULL, `family_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `policy_gaps_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `policy_gaps_policies_policy` FOREIGN KEY (`business_id`, `policy_id`) REFERENCES `policies` (`business_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `policy_gaps_families_family` FOREIGN KEY (`business_id`, `family_id`) REFERENCES `families` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "policygap_business_id_id" to table: "policy_gaps"
CREATE UNIQUE INDEX `policygap_business_id_id` ON `policy_gaps` (`business_id`, `id`);
-- create index "policygap_business_id_policy_id_name_key_id" to table: "policy_gaps"
CREATE INDEX `policygap_business_id_policy_id_name_key_id` ON `policy_gaps` (`business_id`, `policy_id`, `name_key`, `id`);
-- create index "policygap_business_id_family_id_policy_id_student_id" to table: "policy_gaps"
CREATE UNIQUE INDEX `policygap_business_id_family_id_policy_id_student_id` ON `policy_gaps` (`business_id`, `family_id`, `policy_id`, `student_id`);
-- create "policy_scans" table
CREATE TABLE `policy_scans` (`id` blob NOT NULL, `file_name` text NOT NULL, `media_type` text NOT NULL, `size` integer NOT NULL, `sha256` blob NOT NULL, `content` blob NULL, `uploaded_by` blob NOT NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, `acceptance_id` blob NULL, PRIMARY KEY (`id`), CONSTRAINT `policy_scans_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `policy_scans_policy_acceptances_acceptance` FOREIGN KEY (`business_id`, `acceptance_id`) REFERENCES `policy_acceptances` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "policyscan_business_id_id" to table: "policy_scans"
CREATE UNIQUE INDEX `policyscan_business_id_id` ON `policy_scans` (`business_id`, `id`);
-- create index "policyscan_business_id_acceptance_id" to table: "policy_scans"
CREATE INDEX `policyscan_business_id_acceptance_id` ON `policy_scans` (`business_id`, `acceptance_id`);
-- create index "policyscan_acceptance_id_created_at" to table: "policy_scans"
CREATE INDEX `policyscan_acceptance_id_created_at` ON `policy_scans` (`acceptance_id`, `created_at`);
-- create "policy_versions" table
CREATE TABLE `policy_versions` (`id` blob NOT NULL, `number` integer NOT NULL, `title` text NOT NULL, `body_markdown` text NOT NULL, `body_hash` blob NOT NULL, `effective_from` text NOT NULL, `effective_at` datetime NOT NULL, `material` bool NOT NULL, `accepted_from` integer NOT NULL, `change_note` text NOT NULL DEFAULT (''), `published_by` blob NULL, `audit_id` blob NOT NULL, `activated_at` datetime NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, `policy_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `policy_versions_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `policy_versions_policies_policy` FOREIGN KEY (`business_id`, `policy_id`) REFERENCES `policies` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "policyversion_business_id_id" to table: "policy_versions"
CREATE UNIQUE INDEX `policyversion_business_id_id` ON `policy_versions` (`business_id`, `id`);
-- create index "policyversion_business_id_policy_id_number" to table: "policy_versions"
CREATE UNIQUE INDEX `policyversion_business_id_policy_id_number` ON `policy_versions` (`business_id`, `policy_id`, `number`);
-- create index "policyversion_activated_at_effective_at" to table: "policy_versions"
CREATE INDEX `policyversion_activated_at_effective_at` ON `policy_versions` (`activated_at`, `effective_at`);
-- create "provider_events" table
CREATE TABLE `provider_events` (`id` blob NOT NULL, `provider` text NOT NULL, `event_id` text NOT NULL, `kind` text NOT NULL DEFAULT (''), `message_id` blob NULL, `received_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "providerevent_provider_event_id" to table: "provider_events"
CREATE UNIQUE INDEX `providerevent_provider_event_id` ON `provider_events` (`provider`, `event_id`);
-- create index "providerevent_received_at" to table: "provider_events"
CREATE INDEX `providerevent_received_at` ON `provider_events` (`received_at`);
-- create "recovery_codes" table
CREATE TABLE `recovery_codes` (`id` blob NOT NULL, `code_hash` blob NOT NULL, `used_at` datetime NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, `staff_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `recovery_codes_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `recovery_codes_staff_members_staff_member` FOREIGN KEY (`business_id`, `staff_id`) REFERENCES `staff_members` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "recoverycode_business_id_id" to table: "recovery_codes"
CREATE UNIQUE INDEX `recoverycode_business_id_id` ON `recovery_codes` (`business_id`, `id`);
-- create index "recoverycode_business_id_staff_id_code_hash" to table: "recovery_codes"
CREATE UNIQUE INDEX `recoverycode_business_id_staff_id_code_hash` ON `recovery_codes` (`business_id`, `staff_id`, `code_hash`);
-- create "staff_tokens" table
CREATE TABLE `staff_tokens` (`id` blob NOT NULL, `purpose` text NOT NULL, `nonce` blob NOT NULL, `kid` text NOT NULL, `cred_epoch` integer NOT NULL, `lookup` blob NOT NULL, `requested_by` blob NULL, `destination` text NOT NULL, `first_sent_at` datetime NULL, `expires_at` datetime NULL, `redeemed_at` datetime NULL, `superseded_at` datetime NULL, `revoked_at` datetime NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, `staff_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `staff_tokens_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `staff_tokens_staff_members_staff_member` FOREIGN KEY (`business_id`, `staff_id`) REFERENCES `staff_members` (`business_id`, `id`) ON DELETE NO ACTION);
-- create index "staff_tokens_lookup_key" to table: "staff_tokens"
CREATE UNIQUE INDEX `staff_tokens_lookup_key` ON `staff_tokens` (`lookup`);
-- create index "stafftoken_business_id_id" to table: "staff_tokens"
CREATE UNIQUE INDEX `stafftoken_business_id_id` ON `staff_tokens` (`business_id`, `id`);
-- create index "stafftoken_business_id_staff_id_id" to table: "staff_tokens"
CREATE INDEX `stafftoken_business_id_staff_id_id` ON `staff_tokens` (`business_id`, `staff_id`, `id`);

-- +goose Down
DROP TABLE `staff_tokens`;
DROP TABLE `recovery_codes`;
DROP TABLE `provider_events`;
DROP TABLE `policy_versions`;
DROP TABLE `policy_scans`;
DROP TABLE `policy_gaps`;
DROP TABLE `policy_acceptances`;
DROP TABLE `passkeys`;
DROP TABLE `policies`;
DROP TABLE `api_tokens`;
DROP INDEX `resettoken_business_id_channel_id`;
DROP INDEX `family_business_id_archived_policies_missing_updated_at_id`;
DROP INDEX `family_business_id_archived_policies_missing_name_key_id`;
ALTER TABLE `businesses` DROP COLUMN `second_factor_required`;
ALTER TABLE `businesses` DROP COLUMN `sms_dial_codes`;
ALTER TABLE `businesses` DROP COLUMN `sms_day_cap`;
ALTER TABLE `businesses` DROP COLUMN `sms_paused_at`;
ALTER TABLE `businesses` DROP COLUMN `accent`;
ALTER TABLE `businesses` DROP COLUMN `version`;
ALTER TABLE `families` DROP COLUMN `policies_missing`;
ALTER TABLE `guardians` DROP COLUMN `password_origin`;
ALTER TABLE `guardians` DROP COLUMN `password_reset_id`;
ALTER TABLE `guardians` DROP COLUMN `failures`;
ALTER TABLE `guardians` DROP COLUMN `password_disabled_at`;
ALTER TABLE `guardians` DROP COLUMN `invited_at`;
ALTER TABLE `guardians` DROP COLUMN `email_problem`;
ALTER TABLE `reset_tokens` DROP COLUMN `purpose`;
ALTER TABLE `reset_tokens` DROP COLUMN `contact_changed_by`;
ALTER TABLE `reset_tokens` DROP COLUMN `contact_changed_at`;
ALTER TABLE `sessions` DROP COLUMN `pending`;
ALTER TABLE `sessions` DROP COLUMN `second_factor_at`;
ALTER TABLE `sessions` DROP COLUMN `proved_at`;
ALTER TABLE `sessions` DROP COLUMN `challenge`;
ALTER TABLE `sessions` DROP COLUMN `seen_at`;
ALTER TABLE `sms_accounts` DROP COLUMN `reserve`;
ALTER TABLE `sms_accounts` DROP COLUMN `low_at`;
ALTER TABLE `sms_accounts` DROP COLUMN `low_told_at`;
ALTER TABLE `staff_members` DROP COLUMN `password_set_at`;
ALTER TABLE `staff_members` DROP COLUMN `failures`;
ALTER TABLE `staff_members` DROP COLUMN `password_disabled_at`;
ALTER TABLE `staff_members` DROP COLUMN `totp_secret`;
ALTER TABLE `staff_members` DROP COLUMN `totp_confirmed_at`;
ALTER TABLE `staff_members` DROP COLUMN `totp_step`;
ALTER TABLE `staff_members` DROP COLUMN `second_failures`;
ALTER TABLE `staff_members` DROP COLUMN `invited_at`;
ALTER TABLE `staff_members` DROP COLUMN `version`;
ALTER TABLE `staff_members` DROP COLUMN `updated_at`;
