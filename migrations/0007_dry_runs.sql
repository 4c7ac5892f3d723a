CREATE TABLE `dry_run_engines` (
	`cluster_id` text PRIMARY KEY NOT NULL,
	`proved` integer NOT NULL,
	`reason` text,
	`runtime` text,
	`image_digest` text,
	`reported_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `dry_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`version_id` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`tool` text,
	`input` text,
	`tries` integer DEFAULT 0 NOT NULL,
	`cluster_id` text,
	`lease` text,
	`lease_ends_at_ms` integer,
	`progress` text,
	`requested_by_kind` text,
	`requested_by_id` text,
	`requested_by_name` text,
	`verdict` text,
	`counts` integer DEFAULT false NOT NULL,
	`findings` text,
	`score` integer,
	`decision` text,
	`severities` text,
	`digest` text,
	`created_at_ms` integer NOT NULL,
	`finished_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `dry_runs_version` ON `dry_runs` (`version_id`,`id`);--> statement-breakpoint
CREATE INDEX `dry_runs_open` ON `dry_runs` (`state`,`tenant_id`,`id`);
--> statement-breakpoint
-- A version that has tools is run as soon as its code was analysed, in whichever way it was published.
CREATE TRIGGER `dry_runs_analysed` AFTER INSERT ON `reports` WHEN NEW.`kind` = 'static' AND NEW.`state` = 'done'
BEGIN INSERT OR IGNORE INTO `dry_runs` (`id`, `tenant_id`, `version_id`, `state`, `created_at_ms`)
  SELECT 'dry-' || substr(p.`id`, 5), p.`tenant_id`, p.`id`, 'queued', coalesce(NEW.`finished_at_ms`, NEW.`created_at_ms`)
  FROM `private_skills` p
  WHERE p.`id` = NEW.`version_id` AND p.`deleted_at_ms` IS NULL AND json_array_length(p.`manifest`, '$.tools') > 0; END;
--> statement-breakpoint
CREATE TRIGGER `dry_runs_analysed_later` AFTER UPDATE OF `state` ON `reports`
WHEN NEW.`kind` = 'static' AND (NEW.`state` = 'done' OR (NEW.`state` = 'failed' AND NOT EXISTS (
  SELECT 1 FROM `reports` x WHERE x.`version_id` = NEW.`version_id` AND x.`kind` = 'static' AND x.`id` > NEW.`id`
)))
BEGIN INSERT OR IGNORE INTO `dry_runs` (`id`, `tenant_id`, `version_id`, `state`, `created_at_ms`)
  SELECT 'dry-' || substr(p.`id`, 5), p.`tenant_id`, p.`id`, 'queued', coalesce(NEW.`finished_at_ms`, NEW.`created_at_ms`)
  FROM `private_skills` p
  WHERE p.`id` = NEW.`version_id` AND p.`deleted_at_ms` IS NULL AND json_array_length(p.`manifest`, '$.tools') > 0; END;
--> statement-breakpoint
DROP VIEW `version_details`;
--> statement-breakpoint
-- Score, decision and counts are those of the newest dry-run, which counts the code's findings as well; else the code's.
-- A version that was not deleted, with everything that is derived from other rows. SQLite leaves out the columns that a
-- query does not ask for. `latest`: the highest version (semver) that is approved, neither yanked nor revoked, and no
-- prerelease. `baseline_id`: the version of this skill whose approval came before, which reviewers compare with.
CREATE VIEW `version_details` AS
SELECT
  p.id,
  p.tenant_id,
  t.name AS tenant_name,
  p.name,
  p.version,
  p.description,
  p.author,
  s.status,
  s.revision,
  s.decision,
  s.approval_id,
  s.deprecated,
  s.yanked,
  s.revoked,
  p.reach,
  p.manifest,
  json_extract(p.manifest, '$.permissions') AS permissions,
  json_extract(p.manifest, '$.securityLevel') AS security_level,
  p.manifest_valid,
  p.validation_errors,
  p.prerelease,
  p.package_size,
  p.package_checksum,
  p.content_digest,
  p.unpacked_size,
  p.files,
  p.published_by_kind,
  p.published_by_id,
  p.published_by_name,
  p.published_by_person_id,
  p.created_at_ms,
  p.updated_at_ms,
  CAST(p.version AS INTEGER) AS major,
  CAST(substr(p.version, instr(p.version, '.') + 1) AS INTEGER) AS minor,
  CAST(substr(p.version, instr(p.version, '.') + instr(substr(p.version, instr(p.version, '.') + 1), '.') + 1) AS INTEGER) AS patch,
  (
    SELECT count(*) FROM agents a
    WHERE a.tenant_id = p.tenant_id AND a.removed_at_ms IS NULL AND EXISTS (
      SELECT 1 FROM install_events e
      WHERE e.agent_id = a.id AND e.skill_name = p.name AND e.version_id IS NOT NULL
        AND e.revision = (SELECT max(m.revision) FROM install_events m WHERE m.agent_id = a.id AND m.skill_name = p.name)
    )
  ) AS agents,
  (SELECT count(*) FROM private_skills o WHERE o.tenant_id = p.tenant_id AND o.name = p.name AND o.deleted_at_ms IS NULL) AS versions,
  p.id = coalesce((
    SELECT c.id FROM private_skills c JOIN version_states cs ON cs.version_id = c.id
    WHERE c.tenant_id = p.tenant_id AND c.name = p.name AND c.prerelease = 0 AND c.deleted_at_ms IS NULL AND cs.status IN ('approved', 'deprecated')
    ORDER BY
      CAST(c.version AS INTEGER) DESC,
      CAST(substr(c.version, instr(c.version, '.') + 1) AS INTEGER) DESC,
      CAST(substr(c.version, instr(c.version, '.') + instr(substr(c.version, instr(c.version, '.') + 1), '.') + 1) AS INTEGER) DESC,
      c.id DESC
    LIMIT 1
  ), '') AS latest,
  (
    SELECT b.id FROM private_skills b JOIN version_states bs ON bs.version_id = b.id
    WHERE b.tenant_id = p.tenant_id AND b.name = p.name AND b.id <> p.id AND bs.approval_id IS NOT NULL AND NOT bs.revoked
      AND (s.approval_id IS NULL OR bs.approval_id < s.approval_id)
    ORDER BY bs.approval_id DESC
    LIMIT 1
  ) AS baseline_id,
  r.id AS report_id,
  r.state AS report_state,
  r.rules_version AS report_rules_version,
  coalesce(d.score, r.score) AS report_score,
  coalesce(d.decision, r.decision) AS report_decision,
  coalesce(d.severities, r.counts) AS report_counts,
  r.digest AS report_digest,
  r.created_at_ms AS report_created_at_ms
FROM private_skills p
JOIN version_states s ON s.version_id = p.id
JOIN tenants t ON t.id = p.tenant_id
LEFT JOIN reports r ON r.id = (SELECT max(x.id) FROM reports x WHERE x.version_id = p.id AND x.kind = 'static')
LEFT JOIN dry_runs d ON d.id = (
  SELECT x.id FROM dry_runs x WHERE x.version_id = p.id AND x.state = 'done' ORDER BY x.finished_at_ms DESC, x.id DESC LIMIT 1
)
WHERE p.deleted_at_ms IS NULL AND t.deleted_at_ms IS NULL;
