CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`provider_id` text NOT NULL,
	`user_id` text NOT NULL,
	`access_token` text,
	`refresh_token` text,
	`id_token` text,
	`access_token_expires_at` integer,
	`refresh_token_expires_at` integer,
	`scope` text,
	`password` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `accounts_user` ON `accounts` (`user_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_provider` ON `accounts` (`provider_id`,`account_id`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`person_id` text,
	`name` text NOT NULL,
	`prefix` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`last_used_at_ms` integer,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `api_keys_tenant` ON `api_keys` (`tenant_id`);--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`token_hash` text NOT NULL,
	`invited_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`accepted_at_ms` integer,
	`withdrawn_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_token` ON `invitations` (`token_hash`);--> statement-breakpoint
CREATE INDEX `invitations_tenant` ON `invitations` (`tenant_id`);--> statement-breakpoint
CREATE TABLE `members` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `members_tenant_user` ON `members` (`tenant_id`,`user_id`);--> statement-breakpoint
CREATE INDEX `members_user` ON `members` (`user_id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`token` text NOT NULL,
	`expires_at` integer NOT NULL,
	`ip_address` text,
	`user_agent` text,
	`mfa_at_ms` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_token` ON `sessions` (`token`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`logo` text,
	`metadata` text,
	`dry_run` text DEFAULT 'optional' NOT NULL,
	`versions_max` integer NOT NULL,
	`bytes_max` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`deleted_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tenants_slug` ON `tenants` (`slug`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`email_verified` integer DEFAULT false NOT NULL,
	`image` text,
	`platform_role` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_email` ON `users` (`email`);--> statement-breakpoint
CREATE TABLE `verifications` (
	`id` text PRIMARY KEY NOT NULL,
	`identifier` text NOT NULL,
	`value` text NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `verifications_identifier` ON `verifications` (`identifier`);--> statement-breakpoint
CREATE TABLE `agent_bases` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`revision` integer NOT NULL,
	`permissions` text NOT NULL,
	`proposed_by_kind` text NOT NULL,
	`proposed_by_id` text NOT NULL,
	`proposed_by_name` text NOT NULL,
	`proposed_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `agent_bases_revision` ON `agent_bases` (`agent_id`,`revision`);--> statement-breakpoint
CREATE INDEX `agent_bases_tenant` ON `agent_bases` (`tenant_id`);--> statement-breakpoint
CREATE TABLE `agents` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`cluster_id` text,
	`selector` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`removed_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `agents_name` ON `agents` (`tenant_id`,`name`) WHERE removed_at_ms is null;--> statement-breakpoint
CREATE INDEX `agents_cluster` ON `agents` (`cluster_id`);--> statement-breakpoint
CREATE TABLE `base_decisions` (
	`base_id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`kind` text NOT NULL,
	`notes` text NOT NULL,
	`envelope` text,
	`decided_by_id` text NOT NULL,
	`decided_by_name` text NOT NULL,
	`decided_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `install_events` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`skill_name` text NOT NULL,
	`revision` integer NOT NULL,
	`action` text NOT NULL,
	`version_id` text,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `install_events_revision` ON `install_events` (`agent_id`,`skill_name`,`revision`);--> statement-breakpoint
CREATE INDEX `install_events_tenant` ON `install_events` (`tenant_id`,`agent_id`);--> statement-breakpoint
CREATE INDEX `install_events_version` ON `install_events` (`version_id`);--> statement-breakpoint
CREATE TABLE `private_skills` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`description` text NOT NULL,
	`author` text,
	`manifest` text NOT NULL,
	`manifest_valid` integer DEFAULT false NOT NULL,
	`validation_errors` text,
	`package_url` text NOT NULL,
	`package_size` integer NOT NULL,
	`package_checksum` text NOT NULL,
	`content_digest` text NOT NULL,
	`unpacked_size` integer NOT NULL,
	`files` integer NOT NULL,
	`reach` text NOT NULL,
	`prerelease` integer NOT NULL,
	`published_by_kind` text NOT NULL,
	`published_by_id` text NOT NULL,
	`published_by_name` text NOT NULL,
	`published_by_person_id` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`deleted_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `private_skills_version` ON `private_skills` (`tenant_id`,`name`,`version`);--> statement-breakpoint
CREATE INDEX `private_skills_tenant` ON `private_skills` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `private_skills_digest` ON `private_skills` (`tenant_id`,`package_checksum`);--> statement-breakpoint
CREATE TABLE `publish_attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`version_id` text,
	`problem` text,
	`actor_id` text NOT NULL,
	`started_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `publish_attempts_tenant` ON `publish_attempts` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `registry_meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reports` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`version_id` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`rules_version` text NOT NULL,
	`score` integer,
	`decision` text,
	`counts` text,
	`digest` text,
	`error` text,
	`tries` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`finished_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `reports_version` ON `reports` (`version_id`,`kind`,`id`);--> statement-breakpoint
CREATE INDEX `reports_state` ON `reports` (`state`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `rule_settings` (
	`tenant_id` text NOT NULL,
	`rule_id` text NOT NULL,
	`enabled` integer NOT NULL,
	`enforced` integer NOT NULL,
	`required` integer NOT NULL,
	`set_by` text NOT NULL,
	`set_at_ms` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `rule_id`)
);
--> statement-breakpoint
CREATE TABLE `version_decisions` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`version_id` text NOT NULL,
	`revision` integer NOT NULL,
	`kind` text NOT NULL,
	`notes` text NOT NULL,
	`reason_codes` text NOT NULL,
	`acknowledged` text NOT NULL,
	`replacement` text,
	`report_digest` text,
	`envelope` text,
	`decided_by_kind` text NOT NULL,
	`decided_by_id` text NOT NULL,
	`decided_by_name` text NOT NULL,
	`decided_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `version_decisions_revision` ON `version_decisions` (`version_id`,`revision`);--> statement-breakpoint
CREATE INDEX `version_decisions_tenant` ON `version_decisions` (`tenant_id`,`version_id`);--> statement-breakpoint
CREATE TABLE `audit_events` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`schema_version` integer DEFAULT 1 NOT NULL,
	`action` text NOT NULL,
	`actor_type` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`on_behalf_of` text,
	`agent_id` text,
	`target_type` text NOT NULL,
	`target_id` text NOT NULL,
	`details` text NOT NULL,
	`before` text,
	`after` text,
	`severity` text NOT NULL,
	`outcome` text NOT NULL,
	`ip_address` text,
	`user_agent` text,
	`request_id` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_events_tenant` ON `audit_events` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_events_action` ON `audit_events` (`tenant_id`,`action`,`id`);--> statement-breakpoint
CREATE INDEX `audit_events_target` ON `audit_events` (`tenant_id`,`target_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_events_actor` ON `audit_events` (`tenant_id`,`actor_id`,`id`);--> statement-breakpoint
CREATE TABLE `audit_leaves` (
	`tenant_id` text NOT NULL,
	`seq` integer NOT NULL,
	`event_id` text NOT NULL,
	`leaf` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `seq`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_leaves_event` ON `audit_leaves` (`event_id`);--> statement-breakpoint
CREATE TABLE `audit_watermarks` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`archived_to_seq` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `blocked_network_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`cluster_id` text NOT NULL,
	`boot_id` text NOT NULL,
	`seq` integer NOT NULL,
	`kind` text NOT NULL,
	`tenant_id` text NOT NULL,
	`agent_id` text,
	`pod_namespace` text,
	`pod_name` text,
	`pod_uid` text,
	`node` text,
	`skill_name` text,
	`skill_version` text,
	`skill_digest` text,
	`source_ip` text NOT NULL,
	`source_port` integer,
	`destination_host` text NOT NULL,
	`host_source` text NOT NULL,
	`destination_ip` text,
	`destination_port` integer NOT NULL,
	`protocol` text NOT NULL,
	`verdict` text NOT NULL,
	`reason` text NOT NULL,
	`policy_revision` integer NOT NULL,
	`policy_rule` text,
	`source` text NOT NULL,
	`first_at_ms` integer NOT NULL,
	`last_at_ms` integer NOT NULL,
	`count` integer NOT NULL,
	`lost` text,
	`samples` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `blocked_source` ON `blocked_network_requests` (`cluster_id`,`boot_id`,`seq`);--> statement-breakpoint
CREATE INDEX `blocked_tenant_time` ON `blocked_network_requests` (`tenant_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `blocked_tenant_id` ON `blocked_network_requests` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant_id` text,
	`cluster_id` text,
	`kind` text NOT NULL,
	`subject_id` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `changes_tenant` ON `changes` (`tenant_id`,`seq`);--> statement-breakpoint
CREATE INDEX `changes_cluster` ON `changes` (`cluster_id`,`seq`);--> statement-breakpoint
CREATE TABLE `cluster_acks` (
	`cluster_id` text NOT NULL,
	`tenant_id` text NOT NULL,
	`revision` integer NOT NULL,
	`epoch` integer NOT NULL,
	`sequence` integer NOT NULL,
	`state` text NOT NULL,
	`error` text,
	`enforcement` text NOT NULL,
	`boot_id` text NOT NULL,
	`acked_at_ms` integer NOT NULL,
	PRIMARY KEY(`cluster_id`, `tenant_id`)
);
--> statement-breakpoint
CREATE TABLE `clusters` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`public_key` text,
	`key_id` text,
	`dry_run` integer DEFAULT false NOT NULL,
	`hub` integer NOT NULL,
	`agent_version` text,
	`target` text,
	`boot_id` text,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`enrolled_at_ms` integer,
	`revoked_at_ms` integer,
	`last_seen_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `clusters_name` ON `clusters` (`name`);--> statement-breakpoint
CREATE TABLE `join_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`cluster_id` text NOT NULL,
	`token_hash` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`used_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `join_tokens_hash` ON `join_tokens` (`token_hash`);--> statement-breakpoint
CREATE INDEX `join_tokens_cluster` ON `join_tokens` (`cluster_id`);--> statement-breakpoint
CREATE TABLE `placements` (
	`tenant_id` text NOT NULL,
	`cluster_id` text NOT NULL,
	`mode` text DEFAULT 'soft' NOT NULL,
	`dry_run` integer DEFAULT false NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `cluster_id`)
);
--> statement-breakpoint
CREATE INDEX `placements_cluster` ON `placements` (`cluster_id`);