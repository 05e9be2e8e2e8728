/** Agents look tables up there; the views give the columns that they ask for. */
export const informationSchema: readonly string[] = [
  `CREATE VIEW \`information_schema.tables\` AS
    SELECT 'def' AS table_catalog, 'database' AS table_schema, name AS table_name, 'BASE TABLE' AS table_type
    FROM sqlite_schema
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'information\\_schema.%' ESCAPE '\\'`,
  `CREATE VIEW \`information_schema.columns\` AS
    SELECT t.table_schema, t.table_name, c.name AS column_name, c.cid + 1 AS ordinal_position,
      CASE c.type WHEN 'INTEGER' THEN 'int' WHEN 'REAL' THEN 'double' WHEN 'NUMERIC' THEN 'decimal' ELSE lower(c.type) END AS data_type,
      CASE c.type WHEN 'INTEGER' THEN 'int' WHEN 'REAL' THEN 'double' WHEN 'NUMERIC' THEN 'decimal' ELSE lower(c.type) END AS column_type,
      CASE WHEN c."notnull" OR c.pk THEN 'NO' ELSE 'YES' END AS is_nullable,
      CASE WHEN c.pk THEN 'PRI' ELSE '' END AS column_key, c.dflt_value AS column_default
    FROM \`information_schema.tables\` AS t, pragma_table_info(t.table_name) AS c`,
  `CREATE VIEW \`information_schema.schemata\` AS
    SELECT 'def' AS catalog_name, 'database' AS schema_name`,
];
