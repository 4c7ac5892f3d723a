ALTER TABLE `clusters` ADD `previous_public_key` text;--> statement-breakpoint
ALTER TABLE `clusters` ADD `previous_key_id` text;--> statement-breakpoint
ALTER TABLE `clusters` ADD `previous_until_ms` integer;