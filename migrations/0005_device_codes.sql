CREATE TABLE `device_codes` (
	`id` text PRIMARY KEY NOT NULL,
	`device_hash` text NOT NULL,
	`user_hash` text NOT NULL,
	`state` text DEFAULT 'pending' NOT NULL,
	`device_name` text NOT NULL,
	`scopes` text NOT NULL,
	`ip_address` text,
	`country` text,
	`user_agent` text,
	`interval_seconds` integer NOT NULL,
	`last_polled_at_ms` integer,
	`claimed_by` text,
	`tenant_id` text,
	`days` integer,
	`decided_at_ms` integer,
	`api_key_id` text,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_codes_device` ON `device_codes` (`device_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `device_codes_user` ON `device_codes` (`user_hash`);--> statement-breakpoint
CREATE INDEX `device_codes_expiry` ON `device_codes` (`expires_at_ms`);