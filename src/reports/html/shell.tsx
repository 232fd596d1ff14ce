import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { style } from './style.ts';

/**
 * @returns a page without any script, picture or address of the network. Every text is escaped by Preact; the page's own policy
 *   forbids scripts besides.
 */
export function renderPage(title: string, children: ComponentChildren): string {
  return `<!doctype html>\n${renderToString(<Shell title={title}>{children}</Shell>)}\n`;
}

function Shell({ title, children }: { title: string; children: ComponentChildren }): VNode {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        {/* A constant of this program; escaped, its quotes would be none any more. */}
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  );
}
