-- What the decisions of a version add up to: revoked > yanked > deprecated > last decision.
CREATE VIEW `version_states` AS
SELECT
  d.version_id,
  d.revision,
  d.decision,
  d.decision_id,
  d.approval_id,
  d.deprecated,
  d.yanked,
  d.revoked,
  CASE
    WHEN d.decision IS NULL THEN 'pending_review'
    WHEN d.decision = 'rejected' THEN 'rejected'
    WHEN d.revoked THEN 'revoked'
    WHEN d.yanked THEN 'yanked'
    WHEN d.deprecated THEN 'deprecated'
    ELSE 'approved'
  END AS status
FROM (
  SELECT
    s.id AS version_id,
    (SELECT coalesce(max(v.revision), 0) FROM version_decisions v WHERE v.version_id = s.id) AS revision,
    (SELECT v.kind FROM version_decisions v WHERE v.version_id = s.id AND v.kind IN ('approved', 'rejected') ORDER BY v.revision DESC LIMIT 1) AS decision,
    (SELECT v.id FROM version_decisions v WHERE v.version_id = s.id AND v.kind IN ('approved', 'rejected') ORDER BY v.revision DESC LIMIT 1) AS decision_id,
    (SELECT v.id FROM version_decisions v WHERE v.version_id = s.id AND v.kind = 'approved' ORDER BY v.revision DESC LIMIT 1) AS approval_id,
    coalesce((SELECT v.kind = 'deprecated' FROM version_decisions v WHERE v.version_id = s.id AND v.kind IN ('deprecated', 'undeprecated') ORDER BY v.revision DESC LIMIT 1), 0) AS deprecated,
    coalesce((SELECT v.kind = 'yanked' FROM version_decisions v WHERE v.version_id = s.id AND v.kind IN ('yanked', 'unyanked') ORDER BY v.revision DESC LIMIT 1), 0) AS yanked,
    coalesce((SELECT v.kind = 'revoked' FROM version_decisions v WHERE v.version_id = s.id AND v.kind IN ('revoked', 'unrevoked') ORDER BY v.revision DESC LIMIT 1), 0) AS revoked
  FROM private_skills s
) d;
--> statement-breakpoint
-- What sits on which agent now.
CREATE VIEW `current_installs` AS
SELECT e.* FROM install_events e
WHERE e.version_id IS NOT NULL
  AND e.revision = (SELECT max(m.revision) FROM install_events m WHERE m.agent_id = e.agent_id AND m.skill_name = e.skill_name);
--> statement-breakpoint
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
  r.score AS report_score,
  r.decision AS report_decision,
  r.counts AS report_counts,
  r.digest AS report_digest,
  r.created_at_ms AS report_created_at_ms
FROM private_skills p
JOIN version_states s ON s.version_id = p.id
JOIN tenants t ON t.id = p.tenant_id
LEFT JOIN reports r ON r.id = (SELECT max(x.id) FROM reports x WHERE x.version_id = p.id AND x.kind = 'static')
WHERE p.deleted_at_ms IS NULL AND t.deleted_at_ms IS NULL;
--> statement-breakpoint
CREATE TRIGGER `audit_events_no_update` BEFORE UPDATE ON `audit_events` BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
--> statement-breakpoint
-- Retention may delete what lies below the watermark, and nothing else.
CREATE TRIGGER `audit_events_no_delete` BEFORE DELETE ON `audit_events`
WHEN NOT EXISTS (
  SELECT 1 FROM audit_leaves l JOIN audit_watermarks w ON w.tenant_id = l.tenant_id
  WHERE l.event_id = OLD.id AND l.seq <= w.archived_to_seq
)
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_leaves_no_update` BEFORE UPDATE ON `audit_leaves` BEGIN SELECT RAISE(ABORT, 'audit leaves are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_leaves_no_delete` BEFORE DELETE ON `audit_leaves` BEGIN SELECT RAISE(ABORT, 'audit leaves are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `version_decisions_no_update` BEFORE UPDATE ON `version_decisions` BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `version_decisions_no_delete` BEFORE DELETE ON `version_decisions` BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `base_decisions_no_update` BEFORE UPDATE ON `base_decisions` BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `base_decisions_no_delete` BEFORE DELETE ON `base_decisions` BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `install_events_no_update` BEFORE UPDATE ON `install_events` BEGIN SELECT RAISE(ABORT, 'install events are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `changes_no_update` BEFORE UPDATE ON `changes` BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `changes_no_delete` BEFORE DELETE ON `changes` BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;
--> statement-breakpoint
INSERT INTO `registry_meta` (`key`, `value`) VALUES ('epoch', '1');
