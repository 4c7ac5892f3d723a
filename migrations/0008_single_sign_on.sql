CREATE TABLE `sso_connections` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`issuer` text NOT NULL,
	`client_id` text NOT NULL,
	`sealed_secret` text,
	`groups_claim` text NOT NULL,
	`roles` text NOT NULL,
	`fallback_role` text,
	`mfa_values` text NOT NULL,
	`mfa_required` integer NOT NULL,
	`required` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sso_domains` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`domain` text NOT NULL,
	`proof` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`verified_at_ms` integer,
	`verified_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sso_domains_tenant` ON `sso_domains` (`tenant_id`,`domain`);--> statement-breakpoint
CREATE UNIQUE INDEX `sso_domains_verified` ON `sso_domains` (`domain`) WHERE verified_at_ms is not null;--> statement-breakpoint
ALTER TABLE `sessions` ADD `sso_tenant_id` text;