CREATE TABLE `ci_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`publisher_id` text NOT NULL,
	`hash` text NOT NULL,
	`proof_hash` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ci_tokens_hash` ON `ci_tokens` (`hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `ci_tokens_proof` ON `ci_tokens` (`proof_hash`);--> statement-breakpoint
CREATE INDEX `ci_tokens_expiry` ON `ci_tokens` (`expires_at_ms`);--> statement-breakpoint
CREATE TABLE `trusted_publishers` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`skill_name` text NOT NULL,
	`issuer_id` text NOT NULL,
	`label` text NOT NULL,
	`claims` text NOT NULL,
	`workflows` text NOT NULL,
	`environment` text,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`last_used_at_ms` integer,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `trusted_publishers_tenant` ON `trusted_publishers` (`tenant_id`);--> statement-breakpoint
CREATE INDEX `trusted_publishers_skill` ON `trusted_publishers` (`issuer_id`,`skill_name`);