/* Elements, made of a name, attributes and children; text is always text. */

/** Return element `name`; a function among the attributes listens, `true` and `false` switch. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(key, value);
    } else if (value === true) {
      element.setAttribute(key, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

let made = 0;

/** Return an id no other element has. */
export const id = () => `polderlab-${(made += 1)}`;

/** Return a link to a page of the lab, or null when the address is no web address. */
export function link(href, label, texts) {
  if (!/^https?:\/\//.test(href ?? '')) {
    return null;
  }
  const hint = h('span', { class: 'polderlab-hidden' }, ` ${texts.newTab}`);
  return h('a', { href, target: '_blank', rel: 'noopener' }, label, hint);
}
