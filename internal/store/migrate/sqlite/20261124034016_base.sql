-- +goose Up
-- create "audit_entries" table
CREATE TABLE `audit_entries` (`id` blob NOT NULL, `business_id` blob NOT NULL, `action` text NOT NULL, `outcome` text NOT NULL, `actor_kind` text NOT NULL, `actor_id` blob NULL, `actor_name` text NOT NULL DEFAULT (''), `family_id` blob NULL, `guardian_id` blob NULL, `subject_type` text NOT NULL DEFAULT (''), `subject_id` blob NULL, `channel` text NOT NULL DEFAULT (''), `facts` json NOT NULL, `details` json NOT NULL, `ip_address` text NOT NULL DEFAULT (''), `agent` text NOT NULL DEFAULT (''), `request_id` text NOT NULL DEFAULT (''), `occurred_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "auditentry_business_id_id" to table: "audit_entries"
CREATE INDEX `auditentry_business_id_id` ON `audit_entries` (`business_id`, `id`);
-- create index "auditentry_business_id_action_id" to table: "audit_entries"
CREATE INDEX `auditentry_business_id_action_id` ON `audit_entries` (`business_id`, `action`, `id`);
-- create index "auditentry_business_id_actor_id_id" to table: "audit_entries"
CREATE INDEX `auditentry_business_id_actor_id_id` ON `audit_entries` (`business_id`, `actor_id`, `id`);
-- create index "auditentry_business_id_guardian_id_id" to table: "audit_entries"
CREATE INDEX `auditentry_business_id_guardian_id_id` ON `audit_entries` (`business_id`, `guardian_id`, `id`);
-- create index "auditentry_business_id_family_id_id" to table: "audit_entries"
CREATE INDEX `auditentry_business_id_family_id_id` ON `audit_entries` (`business_id`, `family_id`, `id`);
-- create index "auditentry_business_id_channel_id" to table: "audit_entries"
CREATE INDEX `auditentry_business_id_channel_id` ON `audit_entries` (`business_id`, `channel`, `id`);
-- create index "auditentry_business_id_outcome_id" to table: "audit_entries"
CREATE INDEX `auditentry_business_id_outcome_id` ON `audit_entries` (`business_id`, `outcome`, `id`);
-- create "businesses" table
CREATE TABLE `businesses` (`id` blob NOT NULL, `name` text NOT NULL, `slug` text NOT NULL, `time_zone` text NOT NULL, `country` text NOT NULL, `phone` text NOT NULL DEFAULT (''), `locale` text NOT NULL DEFAULT ('en'), `office_email` text NOT NULL DEFAULT (''), `password_min_length` integer NOT NULL DEFAULT (15), `sms_link_minutes` integer NOT NULL DEFAULT (30), `second_staff_for_changed_contact` bool NOT NULL DEFAULT (false), `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "businesses_slug_key" to table: "businesses"
CREATE UNIQUE INDEX `businesses_slug_key` ON `businesses` (`slug`);
-- create "credit_entries" table
CREATE TABLE `credit_entries` (`id` blob NOT NULL, `kind` text NOT NULL, `amount` integer NOT NULL, `shown` bool NOT NULL, `balance_after` integer NOT NULL, `op_key` text NOT NULL, `message_id` blob NULL, `reset_token_id` blob NULL, `audit_id` blob NOT NULL, `actor_kind` text NOT NULL, `actor_id` blob NULL, `note` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `credit_entries_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "credit_entries_op_key_key" to table: "credit_entries"
CREATE UNIQUE INDEX `credit_entries_op_key_key` ON `credit_entries` (`op_key`);
-- create index "creditentry_business_id_id" to table: "credit_entries"
CREATE UNIQUE INDEX `creditentry_business_id_id` ON `credit_entries` (`business_id`, `id`);
-- create index "creditentry_business_id_shown_id" to table: "credit_entries"
CREATE INDEX `creditentry_business_id_shown_id` ON `credit_entries` (`business_id`, `shown`, `id`);
-- create "families" table
CREATE TABLE `families` (`id` blob NOT NULL, `name` text NOT NULL, `name_key` text NOT NULL, `version` integer NOT NULL DEFAULT (1), `archived` bool NOT NULL DEFAULT (false), `any_can_log_in` bool NOT NULL DEFAULT (false), `external_key` text NULL, `updated_by` blob NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `families_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "family_business_id_id" to table: "families"
CREATE UNIQUE INDEX `family_business_id_id` ON `families` (`business_id`, `id`);
-- create index "family_business_id_archived_name_key_id" to table: "families"
CREATE INDEX `family_business_id_archived_name_key_id` ON `families` (`business_id`, `archived`, `name_key`, `id`);
-- create index "family_business_id_archived_updated_at_id" to table: "families"
CREATE INDEX `family_business_id_archived_updated_at_id` ON `families` (`business_id`, `archived`, `updated_at`, `id`);
-- create index "family_business_id_archived_any_can_log_in_name_key_id" to table: "families"
CREATE INDEX `family_business_id_archived_any_can_log_in_name_key_id` ON `families` (`business_id`, `archived`, `any_can_log_in`, `name_key`, `id`);
-- create index "family_business_id_archived_any_can_log_in_updated_at_id" to table: "families"
CREATE INDEX `family_business_id_archived_any_can_log_in_updated_at_id` ON `families` (`business_id`, `archived`, `any_can_log_in`, `updated_at`, `id`);
-- create index "family_business_id_external_key" to table: "families"
CREATE UNIQUE INDEX `family_business_id_external_key` ON `families` (`business_id`, `external_key`);
-- create "family_search_keys" table
CREATE TABLE `family_search_keys` (`id` blob NOT NULL, `key` text NOT NULL, `stem` text NOT NULL, `name_key` text NOT NULL, `archived` bool NOT NULL, `family_id` blob NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `family_search_keys_families_search_keys` FOREIGN KEY (`business_id`, `family_id`) REFERENCES `families` (`business_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `family_search_keys_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "familysearchkey_business_id_id" to table: "family_search_keys"
CREATE UNIQUE INDEX `familysearchkey_business_id_id` ON `family_search_keys` (`business_id`, `id`);
-- create index "familysearchkey_business_id_archived_key_family_id" to table: "family_search_keys"
CREATE INDEX `familysearchkey_business_id_archived_key_family_id` ON `family_search_keys` (`business_id`, `archived`, `key`, `family_id`);
-- create index "familysearchkey_in_order" to table: "family_search_keys"
CREATE INDEX `familysearchkey_in_order` ON `family_search_keys` (`business_id`, `archived`, `stem`, `name_key`, `family_id`, `key`);
-- create index "familysearchkey_business_id_family_id_key" to table: "family_search_keys"
CREATE UNIQUE INDEX `familysearchkey_business_id_family_id_key` ON `family_search_keys` (`business_id`, `family_id`, `key`);
-- create "guardians" table
CREATE TABLE `guardians` (`id` blob NOT NULL, `name` text NOT NULL, `relation` text NOT NULL DEFAULT (''), `email` text NOT NULL DEFAULT (''), `email_key` blob NULL, `phone` text NOT NULL DEFAULT (''), `phone_mobile` bool NOT NULL DEFAULT (false), `locale` text NOT NULL DEFAULT ('en'), `can_log_in` bool NOT NULL DEFAULT (false), `login_key` blob NULL, `archived` bool NOT NULL DEFAULT (false), `family_archived` bool NOT NULL DEFAULT (false), `version` integer NOT NULL DEFAULT (1), `password_hash` text NOT NULL DEFAULT (''), `password_set_at` datetime NULL, `cred_epoch` integer NOT NULL DEFAULT (1), `email_bounced_at` datetime NULL, `phone_opted_out_at` datetime NULL, `email_changed_at` datetime NULL, `email_changed_by` blob NULL, `phone_changed_at` datetime NULL, `phone_changed_by` blob NULL, `external_key` text NULL, `updated_by` blob NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `family_id` blob NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `guardians_families_guardians` FOREIGN KEY (`business_id`, `family_id`) REFERENCES `families` (`business_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `guardians_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "guardian_business_id_id" to table: "guardians"
CREATE UNIQUE INDEX `guardian_business_id_id` ON `guardians` (`business_id`, `id`);
-- create index "guardian_business_id_family_id_id" to table: "guardians"
CREATE INDEX `guardian_business_id_family_id_id` ON `guardians` (`business_id`, `family_id`, `id`);
-- create index "guardian_business_id_login_key" to table: "guardians"
CREATE UNIQUE INDEX `guardian_business_id_login_key` ON `guardians` (`business_id`, `login_key`);
-- create index "guardian_business_id_email_key" to table: "guardians"
CREATE INDEX `guardian_business_id_email_key` ON `guardians` (`business_id`, `email_key`);
-- create index "guardian_business_id_phone" to table: "guardians"
CREATE INDEX `guardian_business_id_phone` ON `guardians` (`business_id`, `phone`);
-- create index "guardian_business_id_external_key" to table: "guardians"
CREATE UNIQUE INDEX `guardian_business_id_external_key` ON `guardians` (`business_id`, `external_key`);
-- create "idempotency_keys" table
CREATE TABLE `idempotency_keys` (`id` blob NOT NULL, `actor_id` blob NOT NULL, `key` text NOT NULL, `input_hash` blob NOT NULL, `answer` json NOT NULL, `expires_at` datetime NOT NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `idempotency_keys_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "idempotencykey_business_id_id" to table: "idempotency_keys"
CREATE UNIQUE INDEX `idempotencykey_business_id_id` ON `idempotency_keys` (`business_id`, `id`);
-- create index "idempotencykey_business_id_actor_id_key" to table: "idempotency_keys"
CREATE UNIQUE INDEX `idempotencykey_business_id_actor_id_key` ON `idempotency_keys` (`business_id`, `actor_id`, `key`);
-- create index "idempotencykey_expires_at" to table: "idempotency_keys"
CREATE INDEX `idempotencykey_expires_at` ON `idempotency_keys` (`expires_at`);
-- create "messages" table
CREATE TABLE `messages` (`id` blob NOT NULL, `guardian_id` blob NOT NULL, `kind` text NOT NULL, `channel` text NOT NULL, `destination` text NOT NULL, `locale` text NOT NULL, `params` json NOT NULL, `request_id` text NOT NULL DEFAULT (''), `state` text NOT NULL DEFAULT ('QUEUED'), `delivery` text NOT NULL DEFAULT ('QUEUED'), `problem` text NOT NULL DEFAULT (''), `credit` text NOT NULL DEFAULT ('NONE'), `attempt` integer NOT NULL DEFAULT (0), `lease_owner` text NOT NULL DEFAULT (''), `due_at` datetime NULL, `first_sent_at` datetime NULL, `provider_id` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `business_id` blob NOT NULL, `reset_token_id` blob NULL, PRIMARY KEY (`id`), CONSTRAINT `messages_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `messages_reset_tokens_message` FOREIGN KEY (`business_id`, `reset_token_id`) REFERENCES `reset_tokens` (`business_id`, `id`) ON DELETE NO ACTION);
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
-- create "rate_limits" table
CREATE TABLE `rate_limits` (`id` text NOT NULL, `tat` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`), CONSTRAINT `tat_not_negative` CHECK (tat >= 0));
-- create index "ratelimit_tat" to table: "rate_limits"
CREATE INDEX `ratelimit_tat` ON `rate_limits` (`tat`);
-- create "reset_intakes" table
CREATE TABLE `reset_intakes` (`id` blob NOT NULL, `sealed` blob NOT NULL, `lease_owner` text NOT NULL DEFAULT (''), `due_at` datetime NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "resetintake_due_at" to table: "reset_intakes"
CREATE INDEX `resetintake_due_at` ON `reset_intakes` (`due_at`);
-- create "reset_tokens" table
CREATE TABLE `reset_tokens` (`id` blob NOT NULL, `channel` text NOT NULL, `nonce` blob NOT NULL, `kid` text NOT NULL, `cred_epoch` integer NOT NULL, `lookup` blob NOT NULL, `requested_by` blob NULL, `reason` text NOT NULL DEFAULT (''), `destination` text NOT NULL, `contact_changed_by_staff` bool NOT NULL DEFAULT (false), `first_sent_at` datetime NULL, `expires_at` datetime NULL, `redeemed_at` datetime NULL, `superseded_at` datetime NULL, `revoked_at` datetime NULL, `created_at` datetime NOT NULL, `guardian_id` blob NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `reset_tokens_guardians_reset_tokens` FOREIGN KEY (`business_id`, `guardian_id`) REFERENCES `guardians` (`business_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `reset_tokens_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "reset_tokens_lookup_key" to table: "reset_tokens"
CREATE UNIQUE INDEX `reset_tokens_lookup_key` ON `reset_tokens` (`lookup`);
-- create index "resettoken_business_id_id" to table: "reset_tokens"
CREATE UNIQUE INDEX `resettoken_business_id_id` ON `reset_tokens` (`business_id`, `id`);
-- create index "resettoken_business_id_guardian_id_id" to table: "reset_tokens"
CREATE INDEX `resettoken_business_id_guardian_id_id` ON `reset_tokens` (`business_id`, `guardian_id`, `id`);
-- create "sessions" table
CREATE TABLE `sessions` (`id` blob NOT NULL, `person_kind` text NOT NULL, `person_id` blob NOT NULL, `token_hash` blob NOT NULL, `cred_epoch` integer NOT NULL, `ip_address` text NOT NULL DEFAULT (''), `agent` text NOT NULL DEFAULT (''), `expires_at` datetime NOT NULL, `ended_at` datetime NULL, `created_at` datetime NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sessions_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "sessions_token_hash_key" to table: "sessions"
CREATE UNIQUE INDEX `sessions_token_hash_key` ON `sessions` (`token_hash`);
-- create index "session_business_id_id" to table: "sessions"
CREATE UNIQUE INDEX `session_business_id_id` ON `sessions` (`business_id`, `id`);
-- create index "session_business_id_person_id_id" to table: "sessions"
CREATE INDEX `session_business_id_person_id_id` ON `sessions` (`business_id`, `person_id`, `id`);
-- create index "session_expires_at" to table: "sessions"
CREATE INDEX `session_expires_at` ON `sessions` (`expires_at`);
-- create "sms_accounts" table
CREATE TABLE `sms_accounts` (`id` blob NOT NULL, `enabled` bool NOT NULL DEFAULT (false), `balance` integer NOT NULL DEFAULT (0), `held` integer NOT NULL DEFAULT (0), `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sms_accounts_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION, CONSTRAINT `balance_not_negative` CHECK (balance >= 0), CONSTRAINT `held_not_negative` CHECK (held >= 0));
-- create index "smsaccount_business_id_id" to table: "sms_accounts"
CREATE UNIQUE INDEX `smsaccount_business_id_id` ON `sms_accounts` (`business_id`, `id`);
-- create index "smsaccount_business_id" to table: "sms_accounts"
CREATE UNIQUE INDEX `smsaccount_business_id` ON `sms_accounts` (`business_id`);
-- create "staff_members" table
CREATE TABLE `staff_members` (`id` blob NOT NULL, `name` text NOT NULL, `email` text NOT NULL, `email_key` blob NOT NULL, `password_hash` text NOT NULL DEFAULT (''), `cred_epoch` integer NOT NULL DEFAULT (1), `permissions` json NOT NULL, `owner` bool NOT NULL DEFAULT (false), `active` bool NOT NULL DEFAULT (true), `locale` text NOT NULL DEFAULT ('en'), `created_at` datetime NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `staff_members_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "staff_members_email_key_key" to table: "staff_members"
CREATE UNIQUE INDEX `staff_members_email_key_key` ON `staff_members` (`email_key`);
-- create index "staffmember_business_id_id" to table: "staff_members"
CREATE UNIQUE INDEX `staffmember_business_id_id` ON `staff_members` (`business_id`, `id`);
-- create index "staffmember_business_id_name_id" to table: "staff_members"
CREATE INDEX `staffmember_business_id_name_id` ON `staff_members` (`business_id`, `name`, `id`);
-- create "students" table
CREATE TABLE `students` (`id` blob NOT NULL, `name` text NOT NULL, `birth_date` text NOT NULL DEFAULT (''), `archived` bool NOT NULL DEFAULT (false), `version` integer NOT NULL DEFAULT (1), `external_key` text NULL, `updated_by` blob NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `family_id` blob NOT NULL, `business_id` blob NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `students_families_students` FOREIGN KEY (`business_id`, `family_id`) REFERENCES `families` (`business_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `students_businesses_business` FOREIGN KEY (`business_id`) REFERENCES `businesses` (`id`) ON DELETE NO ACTION);
-- create index "student_business_id_id" to table: "students"
CREATE UNIQUE INDEX `student_business_id_id` ON `students` (`business_id`, `id`);
-- create index "student_business_id_family_id_id" to table: "students"
CREATE INDEX `student_business_id_family_id_id` ON `students` (`business_id`, `family_id`, `id`);
-- create index "student_business_id_external_key" to table: "students"
CREATE UNIQUE INDEX `student_business_id_external_key` ON `students` (`business_id`, `external_key`);

-- +goose Down
-- reverse: create index "student_business_id_external_key" to table: "students"
DROP INDEX `student_business_id_external_key`;
-- reverse: create index "student_business_id_family_id_id" to table: "students"
DROP INDEX `student_business_id_family_id_id`;
-- reverse: create index "student_business_id_id" to table: "students"
DROP INDEX `student_business_id_id`;
-- reverse: create "students" table
DROP TABLE `students`;
-- reverse: create index "staffmember_business_id_name_id" to table: "staff_members"
DROP INDEX `staffmember_business_id_name_id`;
-- reverse: create index "staffmember_business_id_id" to table: "staff_members"
DROP INDEX `staffmember_business_id_id`;
-- reverse: create index "staff_members_email_key_key" to table: "staff_members"
DROP INDEX `staff_members_email_key_key`;
-- reverse: create "staff_members" table
DROP TABLE `staff_members`;
-- reverse: create index "smsaccount_business_id" to table: "sms_accounts"
DROP INDEX `smsaccount_business_id`;
-- reverse: create index "smsaccount_business_id_id" to table: "sms_accounts"
DROP INDEX `smsaccount_business_id_id`;
-- reverse: create "sms_accounts" table
DROP TABLE `sms_accounts`;
-- reverse: create index "session_expires_at" to table: "sessions"
DROP INDEX `session_expires_at`;
-- reverse: create index "session_business_id_person_id_id" to table: "sessions"
DROP INDEX `session_business_id_person_id_id`;
-- reverse: create index "session_business_id_id" to table: "sessions"
DROP INDEX `session_business_id_id`;
-- reverse: create index "sessions_token_hash_key" to table: "sessions"
DROP INDEX `sessions_token_hash_key`;
-- reverse: create "sessions" table
DROP TABLE `sessions`;
-- reverse: create index "resettoken_business_id_guardian_id_id" to table: "reset_tokens"
DROP INDEX `resettoken_business_id_guardian_id_id`;
-- reverse: create index "resettoken_business_id_id" to table: "reset_tokens"
DROP INDEX `resettoken_business_id_id`;
-- reverse: create index "reset_tokens_lookup_key" to table: "reset_tokens"
DROP INDEX `reset_tokens_lookup_key`;
-- reverse: create "reset_tokens" table
DROP TABLE `reset_tokens`;
-- reverse: create index "resetintake_due_at" to table: "reset_intakes"
DROP INDEX `resetintake_due_at`;
-- reverse: create "reset_intakes" table
DROP TABLE `reset_intakes`;
-- reverse: create index "ratelimit_tat" to table: "rate_limits"
DROP INDEX `ratelimit_tat`;
-- reverse: create "rate_limits" table
DROP TABLE `rate_limits`;
-- reverse: create index "message_provider_id" to table: "messages"
DROP INDEX `message_provider_id`;
-- reverse: create index "message_business_id_guardian_id_id" to table: "messages"
DROP INDEX `message_business_id_guardian_id_id`;
-- reverse: create index "message_business_id_reset_token_id" to table: "messages"
DROP INDEX `message_business_id_reset_token_id`;
-- reverse: create index "message_due_at" to table: "messages"
DROP INDEX `message_due_at`;
-- reverse: create index "message_business_id_id" to table: "messages"
DROP INDEX `message_business_id_id`;
-- reverse: create index "messages_reset_token_id_key" to table: "messages"
DROP INDEX `messages_reset_token_id_key`;
-- reverse: create "messages" table
DROP TABLE `messages`;
-- reverse: create index "idempotencykey_expires_at" to table: "idempotency_keys"
DROP INDEX `idempotencykey_expires_at`;
-- reverse: create index "idempotencykey_business_id_actor_id_key" to table: "idempotency_keys"
DROP INDEX `idempotencykey_business_id_actor_id_key`;
-- reverse: create index "idempotencykey_business_id_id" to table: "idempotency_keys"
DROP INDEX `idempotencykey_business_id_id`;
-- reverse: create "idempotency_keys" table
DROP TABLE `idempotency_keys`;
-- reverse: create index "guardian_business_id_external_key" to table: "guardians"
DROP INDEX `guardian_business_id_external_key`;
-- reverse: create index "guardian_business_id_phone" to table: "guardians"
DROP INDEX `guardian_business_id_phone`;
-- reverse: create index "guardian_business_id_email_key" to table: "guardians"
DROP INDEX `guardian_business_id_email_key`;
-- reverse: create index "guardian_business_id_login_key" to table: "guardians"
DROP INDEX `guardian_business_id_login_key`;
-- reverse: create index "guardian_business_id_family_id_id" to table: "guardians"
DROP INDEX `guardian_business_id_family_id_id`;
-- reverse: create index "guardian_business_id_id" to table: "guardians"
DROP INDEX `guardian_business_id_id`;
-- reverse: create "guardians" table
DROP TABLE `guardians`;
-- reverse: create index "familysearchkey_business_id_family_id_key" to table: "family_search_keys"
DROP INDEX `familysearchkey_business_id_family_id_key`;
-- reverse: create index "familysearchkey_in_order" to table: "family_search_keys"
DROP INDEX `familysearchkey_in_order`;
-- reverse: create index "familysearchkey_business_id_archived_key_family_id" to table: "family_search_keys"
DROP INDEX `familysearchkey_business_id_archived_key_family_id`;
-- reverse: create index "familysearchkey_business_id_id" to table: "family_search_keys"
DROP INDEX `familysearchkey_business_id_id`;
-- reverse: create "family_search_keys" table
DROP TABLE `family_search_keys`;
-- reverse: create index "family_business_id_external_key" to table: "families"
DROP INDEX `family_business_id_external_key`;
-- reverse: create index "family_business_id_archived_any_can_log_in_updated_at_id" to table: "families"
DROP INDEX `family_business_id_archived_any_can_log_in_updated_at_id`;
-- reverse: create index "family_business_id_archived_any_can_log_in_name_key_id" to table: "families"
DROP INDEX `family_business_id_archived_any_can_log_in_name_key_id`;
-- reverse: create index "family_business_id_archived_updated_at_id" to table: "families"
DROP INDEX `family_business_id_archived_updated_at_id`;
-- reverse: create index "family_business_id_archived_name_key_id" to table: "families"
DROP INDEX `family_business_id_archived_name_key_id`;
-- reverse: create index "family_business_id_id" to table: "families"
DROP INDEX `family_business_id_id`;
-- reverse: create "families" table
DROP TABLE `families`;
-- reverse: create index "creditentry_business_id_shown_id" to table: "credit_entries"
DROP INDEX `creditentry_business_id_shown_id`;
-- reverse: create index "creditentry_business_id_id" to table: "credit_entries"
DROP INDEX `creditentry_business_id_id`;
-- reverse: create index "credit_entries_op_key_key" to table: "credit_entries"
DROP INDEX `credit_entries_op_key_key`;
-- reverse: create "credit_entries" table
DROP TABLE `credit_entries`;
-- reverse: create index "businesses_slug_key" to table: "businesses"
DROP INDEX `businesses_slug_key`;
-- reverse: create "businesses" table
DROP TABLE `businesses`;
-- reverse: create index "auditentry_business_id_outcome_id" to table: "audit_entries"
DROP INDEX `auditentry_business_id_outcome_id`;
-- reverse: create index "auditentry_business_id_channel_id" to table: "audit_entries"
DROP INDEX `auditentry_business_id_channel_id`;
-- reverse: create index "auditentry_business_id_family_id_id" to table: "audit_entries"
DROP INDEX `auditentry_business_id_family_id_id`;
-- reverse: create index "auditentry_business_id_guardian_id_id" to table: "audit_entries"
DROP INDEX `auditentry_business_id_guardian_id_id`;
-- reverse: create index "auditentry_business_id_actor_id_id" to table: "audit_entries"
DROP INDEX `auditentry_business_id_actor_id_id`;
-- reverse: create index "auditentry_business_id_action_id" to table: "audit_entries"
DROP INDEX `auditentry_business_id_action_id`;
-- reverse: create index "auditentry_business_id_id" to table: "audit_entries"
DROP INDEX `auditentry_business_id_id`;
-- reverse: create "audit_entries" table
DROP TABLE `audit_entries`;
