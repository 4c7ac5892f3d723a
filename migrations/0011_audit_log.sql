CREATE TABLE `audit_checkpoints` (
	`tenant_id` text NOT NULL,
	`size` integer NOT NULL,
	`root` text NOT NULL,
	`note` text NOT NULL,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `size`)
);
--> statement-breakpoint
CREATE TABLE `audit_tiles` (
	`tenant_id` text NOT NULL,
	`tile` integer NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `tile`)
);
--> statement-breakpoint
CREATE TABLE `audit_waiting` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant_id` text NOT NULL,
	`event_id` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_waiting_tenant` ON `audit_waiting` (`tenant_id`,`position`);--> statement-breakpoint
CREATE INDEX `audit_events_agent` ON `audit_events` (`tenant_id`,`agent_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_events_severity` ON `audit_events` (`tenant_id`,`severity`,`id`);--> statement-breakpoint
CREATE INDEX `audit_events_outcome` ON `audit_events` (`tenant_id`,`outcome`,`id`);--> statement-breakpoint
CREATE INDEX `audit_events_action_all` ON `audit_events` (`action`,`id`);--> statement-breakpoint
CREATE INDEX `audit_events_severity_all` ON `audit_events` (`severity`,`id`);
--> statement-breakpoint
-- Whoever writes an event, in whichever batch: it waits for its place in the log from the same commit on.
CREATE TRIGGER `audit_events_wait` AFTER INSERT ON `audit_events` BEGIN INSERT INTO `audit_waiting` (`tenant_id`, `event_id`) VALUES (NEW.tenant_id, NEW.id); END;
--> statement-breakpoint
CREATE TRIGGER `audit_tiles_no_update` BEFORE UPDATE ON `audit_tiles` BEGIN SELECT RAISE(ABORT, 'audit tiles are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_tiles_no_delete` BEFORE DELETE ON `audit_tiles` BEGIN SELECT RAISE(ABORT, 'audit tiles are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_checkpoints_no_update` BEFORE UPDATE ON `audit_checkpoints` BEGIN SELECT RAISE(ABORT, 'audit checkpoints are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_checkpoints_no_delete` BEFORE DELETE ON `audit_checkpoints` BEGIN SELECT RAISE(ABORT, 'audit checkpoints are append-only'); END;
--> statement-breakpoint
INSERT INTO `audit_waiting` (`tenant_id`, `event_id`) SELECT `tenant_id`, `id` FROM `audit_events` ORDER BY `id`;
