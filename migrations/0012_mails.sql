CREATE TABLE `mails` (
	`id` text PRIMARY KEY NOT NULL,
	`recipient` text NOT NULL,
	`subject` text NOT NULL,
	`sealed` text,
	`state` text NOT NULL,
	`tries` integer NOT NULL,
	`error` text,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
