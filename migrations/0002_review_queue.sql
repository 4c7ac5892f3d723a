CREATE TABLE `review_queue` (
	`version_id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL
);
--> statement-breakpoint
-- Those that wait already.
INSERT INTO `review_queue` (`version_id`, `tenant_id`)
SELECT p.`id`, p.`tenant_id` FROM `private_skills` p
WHERE p.`deleted_at_ms` IS NULL AND NOT EXISTS (
  SELECT 1 FROM `version_decisions` d WHERE d.`version_id` = p.`id` AND d.`kind` IN ('approved', 'rejected')
);
--> statement-breakpoint
CREATE TRIGGER `review_queue_enter` AFTER INSERT ON `private_skills`
BEGIN INSERT INTO `review_queue` (`version_id`, `tenant_id`) VALUES (NEW.`id`, NEW.`tenant_id`); END;
--> statement-breakpoint
CREATE TRIGGER `review_queue_decided` AFTER INSERT ON `version_decisions` WHEN NEW.`kind` IN ('approved', 'rejected')
BEGIN DELETE FROM `review_queue` WHERE `version_id` = NEW.`version_id`; END;
--> statement-breakpoint
CREATE TRIGGER `review_queue_deleted` AFTER UPDATE OF `deleted_at_ms` ON `private_skills` WHEN NEW.`deleted_at_ms` IS NOT NULL
BEGIN DELETE FROM `review_queue` WHERE `version_id` = NEW.`id`; END;
