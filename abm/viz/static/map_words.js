// What the map says in words: figures with units, tooltips, announcements.
const DAYS_TOLD = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WORLD_WORDS = ["Without", "With the measure"];

// Three significant figures at the most, thousands parted: 12,300; 4.6.
function figure(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.05) return "under 0.1";
  if (size < 10) return String(Math.round(value * 10) / 10);
  const step = Math.pow(10, Math.max(0, Math.floor(Math.log10(size)) - 2));
  return (Math.round(value / step) * step).toLocaleString("en-GB");
}

function dateWords(iso) {
  const [year, month, day] = String(iso).split("-").map(Number);
  return Number.isFinite(day) ? `${day} ${DAYS_TOLD[month - 1]} ${year}` : String(iso);
}

const MODE_WORDS = { road: "road", rail: "railway", sea: "sea link" };
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// {title, subtitle, rows: [[label, without, with, unit]], words: [..]} of what lies under the pointer or is selected.
function cardFor(s, thing) {
  if (thing.kind === "link") return linkCard(s, s.scene.links[thing.row]);
  if (thing.kind === "post") return gateCard(s, s.scene.posts[thing.row]);
  if (thing.kind === "node") return nodeCard(s, s.scene.nodes[thing.row]);
  return incidentCard(s, thing.incident);
}

function linkCard(s, link) {
  const [a, b] = [0, 1].map((world) => linkStatus(s, world, link.row));
  const status = a === b ? STATUS_WORDS[a] : `${STATUS_WORDS[b]} with the measure, ${STATUS_WORDS[a]} without`;
  const rows = [["Moved", ...[0, 1].map((world) => figure(linkFlow(s, world, link.row))), "t/day"]];
  const times = [0, 1].map((world) => linkDelay(s, world, link.row));
  if (times.some(Number.isFinite)) rows.push(["Time, free = 1", ...times.map(figure), "×"]);
  return { title: link.title, subtitle: `${capital(MODE_WORDS[link.mode])}, ${figure(link.km)} km, ${status}`, rows: s.frame ? rows : [], words: [] };
}

function gateCard(s, post) {
  const gate = s.gateOfPost[post.row];
  const rows = [["In line", ...[0, 1].map((world) => figure(queueOf(s, world, gate))), "vehicles"]];
  const n = s.scene.posts.length;
  for (const row of gate.posts) {
    const each = s.scene.posts[row];
    const waits = [0, 1].map((world) => figure(s.frame ? s.frame.arrays.wait_h[world * n + row] : NaN));
    rows.push([`Wait ${sideWords(each)}`, ...waits, "hours"]);
  }
  return { title: gate.title, subtitle: "Border crossing", rows: s.frame ? rows.slice(0, 7) : [], words: [] };
}

function nodeCard(s, node) {
  const subtitle = capital(NODE_WORDS[node.type] || node.type) + (node.country ? `, ${node.country}` : "");
  const rows = [["On its links", ...[0, 1].map((world) => figure(nodeFlow(s, world, node.row))), "t/day"]];
  return { title: node.name, subtitle, rows: s.frame ? rows : [], words: [] };
}

function incidentCard(s, incident) {
  const names = (incident.links || []).slice(0, 4).map((row) => s.scene.links[row].title);
  names.push(...(incident.posts || []).slice(0, 4).map((row) => s.scene.posts[row].title));
  const hit = [...new Set(names)].join("; ");
  const left = incident.days_left;
  const words = [];
  if (hit) words.push(`Hits ${hit}.`);
  const relations = incident.relations || [];
  if (!hit && relations.length) words.push(`Holds back ${relations.slice(0, 3).join(", ")}${relations.length > 3 ? ` and ${relations.length - 3} more` : ""}.`);
  const through = incident.left_share;
  if (through === 0) words.push("Nothing gets through.");
  else if (through > 0 && through < 1) words.push(`${figure(100 * through)} % gets through.`);
  if (left !== null && left !== undefined) words.push(`${figure(left)} ${left === 1 ? "day" : "days"} left.`);
  const worlds = incident.worlds || [0, 1];
  words.push(worlds.length > 1 ? "In both worlds." : worlds[0] === 1 ? "Only with the measure." : "Only without the measure.");
  return { title: incident.title, subtitle: "Incident", rows: [], words };
}

const DIRECTION_WORDS = { outbound: "out", inbound: "in" };
const sideWords = (post) => `${post.country} ${DIRECTION_WORDS[post.direction] || post.direction}`;

// One sentence for those who hear the map; of a border, the post that is selected.
function spoken(s, thing) {
  const card = thing.kind === "post" ? postCard(s, s.scene.posts[thing.row]) : cardFor(s, thing);
  const rows = card.rows.slice(0, 2).map(([label, without, measure, unit]) => `${label}: ${measure} ${unit} with the measure, ${without} without`);
  return [card.title, card.subtitle, ...rows, ...card.words].join(". ");
}

function postCard(s, post) {
  if (!s.frame) return { title: post.title, subtitle: `Border post ${sideWords(post)}`, rows: [], words: [] };
  const { queue, wait_h: wait } = s.frame.arrays;
  const at = (values) => [0, 1].map((world) => figure(values[world * s.scene.posts.length + post.row]));
  const rows = [["In line", ...at(queue), "vehicles"], ["Wait", ...at(wait), "hours"]];
  return { title: post.title, subtitle: `Border post ${sideWords(post)}`, rows, words: [] };
}
