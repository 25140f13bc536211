// SPDX-License-Identifier: Apache-2.0
// Draws every .flame section from the JSON in it: {"n": name, "v": value, "c": [children]}. Outermost
// frames are on top. Click: zoom. What is narrower than a pixel is not drawn until zoomed into.
'use strict';

(() => {
  const ROW = 19;

  const duration = (ns) => {
    for (const [unit, size] of [['s', 1e9], ['ms', 1e6], ['µs', 1e3]]) {
      if (ns >= size) return `${(ns / size).toPrecision(3)} ${unit}`;
    }
    return `${ns} ns`;
  };
  const number = (value, unit) => unit === 'nanoseconds' ? duration(value) : value.toLocaleString('en');
  const percent = (part, whole) => whole ? `${(100 * part / whole).toFixed(1)} %` : '0 %';

  // Frames of one package have one hue.
  const hue = (name) => {
    const until = name.indexOf('.', name.lastIndexOf('/') + 1);
    let hash = 0;
    for (const c of name.slice(0, until < 0 ? name.length : until)) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
    return hash % 70;
  };

  const link = (node, parent) => {
    node.parent = parent;
    for (const child of node.c ?? []) link(child, node);
    return node;
  };
  const depth = (node) => 1 + Math.max(0, ...(node.c ?? []).map(depth));

  class FlameGraph {
    constructor(section) {
      this.unit = section.dataset.unit;
      this.root = link(JSON.parse(section.querySelector('script[type="application/json"]').textContent), null);
      this.focus = this.root;
      this.pattern = null;
      this.area = section.querySelector('.flame-graph');
      this.info = section.querySelector('.flame-info');
      this.found = section.querySelector('output');
      this.search = section.querySelector('input');
      this.search.addEventListener('input', () => this.lookFor(this.search.value));
      section.querySelector('button').addEventListener('click', () => this.reset());
      new ResizeObserver(() => this.draw()).observe(this.area);
      this.draw();
    }

    describe(node) {
      const share = percent(node.v, this.root.v);
      const ofFocus = this.focus === this.root ? '' : `, ${percent(node.v, this.focus.v)} of what is shown`;
      return `${node.n}: ${number(node.v, this.unit)} (${share}${ofFocus})`;
    }

    zoom(node) {
      this.focus = node;
      this.draw();
      this.info.textContent = this.describe(node);
    }

    reset() {
      this.search.value = '';
      this.lookFor('');
      this.zoom(this.root);
    }

    // What is no regular expression is looked for as it is.
    lookFor(text) {
      try {
        this.pattern = text ? new RegExp(text, 'i') : null;
      } catch {
        this.pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
      }
      const value = this.pattern ? this.matching(this.root) : 0;
      this.found.textContent = this.pattern ? `found in ${percent(value, this.root.v)}` : '';
      this.draw();
    }

    // The value of all that has a match in it, none counted twice.
    matching(node) {
      if (this.pattern.test(node.n)) return node.v;
      return (node.c ?? []).reduce((sum, child) => sum + this.matching(child), 0);
    }

    draw() {
      const width = this.area.clientWidth;
      if (width === this.drawnWidth && this.focus === this.drawnFocus && this.pattern === this.drawnPattern) return;
      [this.drawnWidth, this.drawnFocus, this.drawnPattern] = [width, this.focus, this.pattern];
      const frames = document.createDocumentFragment();
      const around = [];
      for (let node = this.focus.parent; node; node = node.parent) around.unshift(node);
      around.forEach((node, row) => frames.append(this.frame(node, row, 0, width, true)));
      this.place(frames, this.focus, around.length, 0, width);
      this.area.replaceChildren(frames);
      this.area.style.height = `${(around.length + depth(this.focus)) * ROW}px`;
    }

    place(frames, node, row, left, width) {
      frames.append(this.frame(node, row, left, width, false));
      for (const child of node.c ?? []) {
        const part = node.v ? width * child.v / node.v : 0;
        if (part >= 1) this.place(frames, child, row + 1, left, part);
        left += part;
      }
    }

    frame(node, row, left, width, around) {
      const frame = document.createElement('button');
      frame.type = 'button';
      frame.className = 'flame-frame';
      frame.classList.toggle('around', around);
      frame.classList.toggle('found', this.pattern !== null && this.pattern.test(node.n));
      frame.textContent = width > 30 ? node.n : '';
      frame.title = this.describe(node);
      frame.setAttribute('aria-label', frame.title);
      frame.style.cssText = `top:${row * ROW}px;left:${left}px;width:${width}px;--hue:${hue(node.n)}`;
      frame.addEventListener('click', () => this.zoom(node));
      frame.addEventListener('mouseenter', () => { this.info.textContent = frame.title; });
      frame.addEventListener('focus', () => { this.info.textContent = frame.title; });
      return frame;
    }
  }

  for (const section of document.querySelectorAll('.flame')) new FlameGraph(section);
})();
