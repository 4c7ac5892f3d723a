import MarkdownIt from 'markdown-it';

const inert = new MarkdownIt({ html: false, linkify: false, typographer: false });

// A link of other people's text is shown with its target and leads nowhere: a reviewer must not be led off the page.
inert.renderer.rules.link_open = () => '<span class="inert-link">';
inert.renderer.rules.link_close = (tokens, index) => {
  const open = tokens.slice(0, index).findLast((token) => token.type === 'link_open');
  const target = String(open?.attrGet('href') ?? '');
  return `</span> <span class="target">(${inert.utils.escapeHtml(target)})</span>`;
};
// An image would tell its server who reads this.
inert.renderer.rules.image = (tokens, index) => {
  const token = tokens[index];
  const source = inert.utils.escapeHtml(String(token?.attrGet('src') ?? ''));
  return `<span class="inert-link">image: ${inert.utils.escapeHtml(token?.content ?? '')}</span> <span class="target">(${source})</span>`;
};
// A block of code scrolls inside itself, so it must be reachable by keyboard.
inert.renderer.rules.fence = (tokens, index) => codeBlock(tokens[index]?.content ?? '');
inert.renderer.rules.code_block = inert.renderer.rules.fence;

function codeBlock(content: string): string {
  return `<pre tabindex="0"><code>${inert.utils.escapeHtml(content)}</code></pre>\n`;
}

/** Markdown as inert HTML: no tags of the author, no links that lead anywhere, no images. Front matter is left out. */
export function renderMarkdown(text: string): string {
  return inert.render(text.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, ''));
}

export function isMarkdown(path: string): boolean {
  return /\.(md|markdown)$/i.test(path);
}
