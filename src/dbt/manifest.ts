import { type Fields, fields, type Share, sharer, text } from '../json.ts'
import { readEntries } from './entries.ts'

/** What is read of a node in the manifest; https://schemas.getdbt.com/dbt/manifest/v12.json. */
export interface ManifestNode {
  uniqueId: string
  resourceType: string
  name: string
  packageName: string
  version: string
  fqn: string[]
  /** Relative to the folder of its package. */
  originalFilePath: string
  /** The YAML file of its properties, relative to the folder of its package; empty where it has none. */
  patchPath: string
  /** Relative to its resource folder; for a generic test the name of its generated file. */
  path: string
  materialized: string
  /** Whether it runs batch by batch, of which a later run takes the newest alone. */
  microbatch?: boolean
  relation: string
  /** Of a source: the column that says when a row came. */
  loadedAtField?: string
  dependsOn: string[]
  tags: string[]
  /** What its project says about it, where it does. */
  properties?: Properties | undefined
  /** What a generic test or a unit test is about. */
  test: TestEntry | undefined
  /** Of a test: what is counted, where it is not the rows. */
  failCalc?: string
}

/** What people wrote about a node, for people. */
export interface Properties {
  /** The beginning of its description. */
  description: string
  /** Who looks after it: its own owner, else its group's; empty where none is named. */
  owner: string
  /** Tags of its columns. */
  columnTags: string[]
}

/** Where a generic test stands in its YAML file. */
export interface TestEntry {
  /** Such as `unique`, or `dbt_utils.expression_is_true`. */
  name: string
  column: string
  /** Such as `models.orders`; dbt's file_key_name. */
  fileKey: string
  attachedNode: string
  /** unique_id of the source table that it tests; empty where it tests something else. */
  source: string
  kwargs: Fields
}

export interface Manifest {
  path: string
  invocationId: string
  projectName: string
  /** Such as `duckdb`; empty where the manifest does not say. */
  adapterType: string
  nodes: Map<string, ManifestNode>
}

const SECTIONS = new Set([
  'metadata',
  'nodes',
  'sources',
  'exposures',
  'metrics',
  'saved_queries',
  'semantic_models',
  'unit_tests',
  'functions',
  'groups',
])

/**
 * Reads what we need of a manifest; of a large one a few per cent.
 * @throws Error where the file cannot be read or is no manifest.
 */
export async function readManifest(path: string): Promise<Manifest> {
  const manifest: Manifest = { path, invocationId: '', projectName: '', adapterType: '', nodes: new Map() }
  // dbt writes the groups behind their members.
  const members = new Map<string, ManifestNode[]>()
  const share = sharer()
  for await (const [section, key, value] of readEntries(path, SECTIONS)) {
    if (section === 'metadata') {
      if (key === 'invocation_id') manifest.invocationId = text(value)
      if (key === 'project_name') manifest.projectName = text(value)
      if (key === 'adapter_type') manifest.adapterType = text(value)
    } else if (section === 'groups') {
      const { name, owner } = fields(value)
      for (const node of members.get(text(name)) ?? []) takeOwner(node, ownerOf(owner))
    } else {
      const node = manifestNode(share(key), fields(value), share)
      manifest.nodes.set(node.uniqueId, node)
      const group = text(fields(value).group) || text(fields(fields(value).config).group)
      const known = members.get(group)
      if (known) known.push(node)
      else if (group) members.set(group, [node])
    }
  }
  return manifest
}

function manifestNode(uniqueId: string, node: Fields, share: Share): ManifestNode {
  const { version } = node
  const loadedAtField = text(node.loaded_at_field) || text(fields(node.config).loaded_at_field)
  const failCalc = text(fields(node.config).fail_calc)
  return {
    uniqueId,
    resourceType: text(node.resource_type) || uniqueId.slice(0, uniqueId.indexOf('.')),
    name: text(node.name),
    packageName: share(text(node.package_name)),
    version: typeof version === 'number' ? String(version) : text(version),
    fqn: strings(node.fqn).map(share),
    originalFilePath: share(text(node.original_file_path)),
    patchPath: share(text(node.patch_path).replace(/^[^:]*:\/\//, '')),
    path: text(node.path),
    materialized: text(fields(node.config).materialized),
    ...(isMicrobatch(fields(node.config)) && { microbatch: true }),
    relation: text(node.relation_name),
    ...(loadedAtField && { loadedAtField }),
    dependsOn: strings(fields(node.depends_on).nodes).map(share),
    tags: strings(node.tags).map(share),
    properties: propertiesOf(node),
    test: testEntry(node),
    ...(failCalc && failCalc.replace(/\s/g, '').toLowerCase() !== 'count(*)' && { failCalc }),
  }
}

/** https://docs.getdbt.com/docs/build/incremental-microbatch; with full_refresh each run builds all of it. */
function isMicrobatch({ materialized, incremental_strategy, full_refresh }: Fields): boolean {
  return materialized === 'incremental' && incremental_strategy === 'microbatch' && full_refresh !== true
}

/** In characters; the beginning says what a node is for. */
const LONGEST_DESCRIPTION = 300

function propertiesOf(node: Fields): Properties | undefined {
  const meta = { ...fields(node.meta), ...fields(fields(node.config).meta) }
  const description = text(node.description).trim().slice(0, LONGEST_DESCRIPTION).toWellFormed()
  const owner = ownerOf(node.owner) || ownerOf(meta.owner)
  const columnTags = Object.values(fields(node.columns)).flatMap((column) => {
    const { tags, config } = fields(column)
    return [...strings(tags), ...strings(fields(config).tags)]
  })
  return description || owner || columnTags.length > 0 ? { description, owner, columnTags } : undefined
}

/** `{name, email}` of a group or an exposure, or what a project wrote below `meta`. */
function ownerOf(value: unknown): string {
  if (Array.isArray(value)) return strings(value).join(', ')
  const { name, email } = fields(value)
  return text(value) || text(name) || text(email) || strings(email).join(', ')
}

function takeOwner(node: ManifestNode, owner: string): void {
  const known = node.properties ?? { description: '', owner: '', columnTags: [] }
  node.properties = { ...known, owner: known.owner || owner }
}

function testEntry(node: Fields): TestEntry | undefined {
  const metadata = fields(node.test_metadata)
  const name = text(metadata.name)
  if (!name) return undefined
  const namespace = text(metadata.namespace)
  const fileKey = text(node.file_key_name)
  const tested = strings(fields(node.depends_on).nodes)
  return {
    name: namespace ? `${namespace}.${name}` : name,
    column: text(node.column_name),
    fileKey,
    attachedNode: text(node.attached_node),
    source: fileKey.startsWith('sources.') ? (tested.find((id) => id.startsWith('source.')) ?? '') : '',
    kwargs: fields(metadata.kwargs),
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
