-- One line of text for each thing in the current schema that a step could have made, in a fixed order: two schemas are
-- equal when their lines are. Left out: the history itself, what belongs to an extension, and object numbers.
WITH ns AS (
  SELECT oid FROM pg_namespace WHERE nspname = current_schema()
), rel AS (
  SELECT c.* FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
  WHERE c.relname NOT IN ('schema_history', 'schema_history_pkey', 'schema_progress', 'schema_progress_pkey')
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), proc AS (
  SELECT p.* FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), type AS (
  SELECT t.* FROM pg_type t JOIN ns ON ns.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r', 'c') AND (t.typtype <> 'c' OR t.typrelid IN (SELECT oid FROM rel WHERE relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
)
SELECT line FROM (
  SELECT format('relation %s kind=%s persistence=%s options=%s security=%s%s identity=%s partition=%s%s inherits=%s acl=%s',
    relname, relkind, relpersistence, reloptions, relrowsecurity, relforcerowsecurity, relreplident,
    pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid),
    (SELECT array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = rel.oid),
    relacl) AS line
  FROM rel WHERE relkind <> 'i'
UNION ALL
  SELECT format('column %s.%s %s %s collation=%s notnull=%s identity=%s generated=%s default=%s storage=%s compression=%s options=%s acl=%s',
    rel.relname, row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), a.attname,
    format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull, a.attidentity, a.attgenerated,
    pg_get_expr(d.adbin, d.adrelid), a.attstorage, a.attcompression,
    -- PostgreSQL's own count of changes (`pg_attver`, since 15.20) is none that a step made
    (SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\_%'), a.attacl)
  FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE rel.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL -- 'n', NOT NULL, is a constraint since PostgreSQL 18 only, and stands with its column above
  SELECT format('constraint %s %s %s validated=%s', coalesce(rel.relname, c.contypid::regtype::text), c.conname,
    pg_get_constraintdef(c.oid), c.convalidated)
  FROM pg_constraint c JOIN ns ON ns.oid = c.connamespace LEFT JOIN rel ON rel.oid = c.conrelid
  WHERE c.contype <> 'n' AND (rel.oid IS NOT NULL OR c.contypid IN (SELECT oid FROM type))
UNION ALL
  SELECT format('index %s valid=%s ready=%s clustered=%s identity=%s', pg_get_indexdef(i.indexrelid), i.indisvalid,
    i.indisready, i.indisclustered, i.indisreplident)
  FROM pg_index i JOIN rel ON rel.oid = i.indexrelid
UNION ALL
  SELECT format('view %s %s', relname, pg_get_viewdef(oid)) FROM rel WHERE relkind IN ('v', 'm')
UNION ALL
  SELECT format('sequence %s type=%s start=%s min=%s max=%s increment=%s cycle=%s', rel.relname, s.seqtypid::regtype,
    s.seqstart, s.seqmin, s.seqmax, s.seqincrement, s.seqcycle)
  FROM rel JOIN pg_sequence s ON s.seqrelid = rel.oid
UNION ALL
  SELECT format('routine %s acl=%s', CASE WHEN prokind = 'a' THEN oid::regprocedure::text ELSE pg_get_functiondef(oid) END, proacl)
  FROM proc
UNION ALL
  SELECT format('trigger %s enabled=%s', pg_get_triggerdef(t.oid), t.tgenabled)
  FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
  SELECT format('rule %s', pg_get_ruledef(r.oid)) FROM pg_rewrite r JOIN rel ON rel.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION ALL
  SELECT format('policy %s %s', rel.relname, to_jsonb(p) - 'oid' - 'polrelid' - 'polqual' - 'polwithcheck' - 'polroles')
    || format(' roles=%s using=%s check=%s', p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_policy p JOIN rel ON rel.oid = p.polrelid
UNION ALL
  SELECT format('type %s kind=%s base=%s notnull=%s default=%s labels=%s acl=%s', typname, typtype,
    CASE WHEN typbasetype <> 0 THEN format_type(typbasetype, typtypmod) END, typnotnull, typdefault,
    (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = type.oid), typacl)
  FROM type
UNION ALL
  SELECT format('statistics %s', pg_get_statisticsobjdef(s.oid)) FROM pg_statistic_ext s JOIN rel ON rel.oid = s.stxrelid
UNION ALL
  SELECT format('extension %s', extname) FROM pg_extension
UNION ALL
  SELECT format('comment on %s: %s', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description)
  FROM pg_description d
  WHERE (d.classoid = 'pg_class'::regclass AND d.objoid IN (SELECT oid FROM rel))
    OR (d.classoid = 'pg_proc'::regclass AND d.objoid IN (SELECT oid FROM proc))
    OR (d.classoid = 'pg_type'::regclass AND d.objoid IN (SELECT oid FROM type))
    OR (d.classoid = 'pg_constraint'::regclass
      AND d.objoid IN (SELECT c.oid FROM pg_constraint c JOIN rel ON rel.oid = c.conrelid))
) lines
ORDER BY line COLLATE "C"
