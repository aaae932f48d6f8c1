'use strict';
// Draws DATA into the page. Charts are Chart.js; text goes in as text, never as HTML.
const COLOURS = ['#2f6fde', '#d9730d', '#1a7f4b', '#9c36b5', '#b3261e', '#0b7285'];
const page = document.getElementById('page');
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
Chart.defaults.color = dark ? '#a3abb6' : '#5c6470';
Chart.defaults.borderColor = dark ? '#3a404a' : '#d9dde3';
Chart.defaults.font.family = 'system-ui, sans-serif';
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
Object.assign(Chart.defaults.plugins.legend.labels, { usePointStyle: true, pointStyle: 'line', pointStyleWidth: 28 });

function add(parent, name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined && text !== null) element.textContent = text;
  if (className) element.className = className;
  parent.appendChild(element);
  return element;
}

function number(value, digits) {
  if (value === null || value === undefined || value === '' || Number.isNaN(+value)) return '';
  const places = digits ?? (Math.abs(value) < 100 ? 2 : 0);
  return (+value).toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}

function table(parent, heads, rows) {
  const element = add(add(parent, 'div', null, 'scroll'), 'table');
  const head = add(add(element, 'thead'), 'tr');
  heads.forEach(each => add(head, 'th', each));
  const body = add(element, 'tbody');
  rows.forEach(row => {
    const line = add(body, 'tr');
    row.forEach(cell => {
      if (cell instanceof Node) add(line, 'td').appendChild(cell);
      else add(line, 'td', cell);
    });
  });
  return element;
}

function plot(parent, caption, config) {
  const figure = add(parent, 'figure');
  add(figure, 'figcaption', caption);
  const canvas = add(add(figure, 'div', null, 'plot'), 'canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', caption);
  return new Chart(canvas, config);
}

function line(label, data, index, more) {
  const colour = COLOURS[index % COLOURS.length];
  return { label, data, borderColor: colour, backgroundColor: colour, borderWidth: 2, pointRadius: 2, ...more };
}

const axis = (text, type, more) => ({ type: type || 'linear', title: { display: true, text }, ...more });

// Logarithmic: 1, 2, 5, 10 …, of a long axis the powers of ten; of a short one what Chart.js has.
const logarithmic = {
  ticks: { callback: value => +Number(value).toPrecision(3) },
  afterBuildTicks(scale) {
    const within = steps => Array.from({ length: 14 }, (_, i) => steps.map(step => step * 10 ** (i - 4))).flat()
      .filter(value => value >= scale.min && value <= scale.max).map(value => ({ value }));
    const fine = within([1, 2, 5]);
    if (fine.length > 2) scale.ticks = fine.length < 10 ? fine : within([1]);
  },
};

function figures(parent, pairs) {
  const box = add(parent, 'div', null, 'figures');
  pairs.filter(pair => pair[1] !== '' && pair[1] !== undefined).forEach(pair => {
    const one = add(box, 'div');
    add(one, 'b', pair[1]);
    add(one, 'span', pair[0]);
  });
}

function verdict(parent, fields) {
  const text = add(parent, 'p');
  add(text, 'b', fields.verdict, fields.verdict);
  text.append(': ' + fields.reason + (fields.interrupted ? ' (stopped early)' : ''));
}

const NAMES = {
  send_ack: 'send to ack', send_receive: 'send to receive',
  raw_send_ack: 'send to ack, from when it was written', raw_send_receive: 'send to receive, from when it was written',
  receive_acknowledged: 'acknowledged to notice', written_late: 'written late', broken_caught_up: 'socket broken to caught up',
};

function percentiles(parent, points, closed, what) {
  // In a closed loop messages are due when they are written.
  const names = Object.keys(points).filter(name => !closed || !/^raw_|^written_late/.test(name));
  if (!names.length) return;
  plot(parent, (what || '') + 'Latency by percentile. Times count from when a message was due; dashed: from when it was written.', {
    type: 'line',
    data: {
      datasets: names.map((name, i) => line(NAMES[name] || name,
        points[name].map(p => ({ x: 1 / (1 - p[0] / 100), y: p[1], p: p[0] })), i,
        { borderDash: name.startsWith('raw_') ? [4, 4] : [] })),
    },
    options: {
      scales: {
        x: axis('percentile', 'logarithmic', {
          min: 1,
          afterBuildTicks: scale => { scale.ticks = (scale.width > 600 ? [1, 2, 4, 10, 100, 1000, 1e4, 1e5] : [2, 10, 100, 1000, 1e4, 1e5]).filter(v => v <= scale.max).map(value => ({ value })); },
          ticks: { maxRotation: 0, callback: value => +(100 - 100 / value).toFixed(3) + ' %' },
        }),
        y: axis('ms', 'logarithmic', logarithmic),
      },
      plugins: { tooltip: { callbacks: { title: items => 'p' + items[0].raw.p } } },
    },
  });
}

function timeline(parent, seconds) {
  if (!seconds || seconds.length < 2) return;
  const data = name => seconds.map(second => ({ x: second.second, y: second[name] }));
  plot(parent, 'Second by second.', {
    type: 'line',
    data: {
      datasets: [
        line('messages/s', data('messages'), 0, { yAxisID: 'rate' }),
        ...(seconds.some(s => s.due !== s.messages) ? [line('due/s', data('due'), 5, { yAxisID: 'rate', borderDash: [4, 4] })] : []),
        line('p50 ms', data('send_receive_p50_ms'), 2, { yAxisID: 'ms' }),
        line('p99 ms', data('send_receive_p99_ms'), 1, { yAxisID: 'ms' }),
      ],
    },
    options: {
      scales: {
        x: axis('s'),
        rate: axis('messages/s', 'linear', { position: 'left', beginAtZero: true }),
        ms: axis('ms', 'logarithmic', { position: 'right', grid: { drawOnChartArea: false }, ...logarithmic }),
      },
    },
  });
}

function load(run) {
  const f = run.fields;
  add(page, 'h2', 'Load: ' + run.what);
  verdict(page, f);
  const ms = f.send_receive_ms || {};
  figures(page, [
    ['messages/s', number(f.messages_per_second, 0)], ['deliveries/s', number(f.deliveries_per_second, 0)],
    ['p50 ms', number(ms.p50)], ['p99 ms', number(ms.p99)], ['p99.9 ms', number(ms.p999)],
    ['CPU µs a message', number((f.cpu_micros_per_message || {}).all, 1)],
    ['messages/core second', number(f.messages_per_core_second, 0)],
    ['loader busy', f.loader_busy === undefined ? '' : number(100 * f.loader_busy, 0) + ' %'],
    ['lost / repeated / out of order', `${f.lost} / ${f.duplicated} / ${f.reordered}`],
    ['the loader before an echo, messages/s', f.rig ? number(f.rig.messages_per_second, 0) : ''],
    ['sockets broken and back', f.sockets_broken_and_back === undefined ? '' : number(f.sockets_broken_and_back, 0)],
  ]);
  const pair = add(page, 'div', null, 'pair');
  percentiles(pair, run.percentiles, f.loop === 'closed');
  timeline(pair, f.timeline);
}

function capacity(run) {
  const f = run.fields;
  add(page, 'h2', 'Capacity: ' + run.what);
  verdict(page, f);
  if (f.warming) {
    const warm = f.warming.slices.filter(slice => slice.loop === 'closed').map(slice => number(slice.cpu_micros_per_message, 1));
    add(page, 'p', `Warmed up for ${f.warming.seconds} s, in which a message came from ${warm[0]} to ${warm.at(-1)} µs of CPU${f.warming.settled ? '' : ' and was still getting cheaper'}. What did not hold was tried once more.`);
  }
  const points = [f.closed_loop, ...f.probes, ...Object.values(f.levels)].map(r => ({
    x: r.messages_per_second, p50: r.send_receive_ms.p50, p99: r.send_receive_ms.p99, verdict: r.verdict, loop: r.loop,
  })).sort((a, b) => a.x - b.x);
  const open = points.filter(p => p.loop !== 'closed');
  const bound = +/=([\d.]+)ms$/.exec(f.slo)[1];
  plot(page, 'Throughput against latency: each point is a run at one rate. A cross is a run that is not VALID.', {
    type: 'line',
    data: {
      datasets: [
        ...['p50', 'p99'].map((name, i) => line(name + ', send to receive', open.map(p => ({ x: p.x, y: p[name], verdict: p.verdict })), i, {
          pointRadius: 5,
          pointStyle: open.map(p => (p.verdict === 'VALID' ? 'circle' : 'crossRot')),
        })),
        ...(open.length ? [line(f.slo, [open[0], open.at(-1)].map(p => ({ x: p.x, y: bound })), 4, { borderDash: [6, 4], pointRadius: 0 })] : []),
      ],
    },
    options: { scales: { x: axis('messages/s', 'linear', { ticks: { maxRotation: 0 } }), y: axis('ms', 'logarithmic', logarithmic) } },
  });
  const again = tried => (tried.tried_before ? ', second try' : '');
  const row = (what, r) => [what, number(r.messages_per_second, 0), number(r.send_ack_ms.p50), number(r.send_ack_ms.p99),
    number(r.send_receive_ms.p50), number(r.send_receive_ms.p99), number(r.cpu_micros_per_message.all, 1), r.verdict];
  table(page, ['', 'messages/s', 'ack p50 ms', 'p99', 'receive p50 ms', 'p99', 'CPU µs', 'verdict'], [
    row('closed loop', f.closed_loop),
    ...f.probes.map(p => row(({ true: 'holds', false: 'does not hold' }[p.held] || 'tried') + again(p), p)),
    ...Object.entries(f.levels).map(([part, r]) => row(part + ' % of it' + again(r), r)),
  ]);
  const pair = add(page, 'div', null, 'pair');
  percentiles(pair, run.percentiles, !f.levels['75'], f.levels['75'] ? 'At 75 % of it. ' : 'Closed loop. ');
  timeline(pair, f.timeline);
}

const percent = share => (share === null || share === undefined ? '' : number(100 * share, 0) + ' %');

// A share as a bar: one letter for each of time, CPU, bytes.
function share(value) {
  const box = document.createElement('span');
  box.className = 'share';
  if (value) add(box, 'span', null, 'bar').style.width = Math.max(0, 4 * Math.min(1, value)) + 'rem';
  add(box, 'span', percent(value));
  return box;
}

function ladder(steps) {
  if (!steps.length) return;
  add(page, 'h2', 'The ladder');
  add(page, 'p', 'One message of 256 bytes at each depth, and its share of the whole, socket to socket. Time is from one message to the next where a depth does nothing else: steps overlap on several cores.');
  table(page, ['step', 'time µs', 'share', 'CPU µs', 'databases µs', 'share', 'bytes', 'share'], steps.map(s => [
    s.step, number(s.micros), share(s.time_share), number(s.cpu), number(s.engines), share(s.cpu_share),
    number(s.bytes, 0), share(s.bytes_share)]));
}

// On a phone half of the width is left to the bars.
function short(name) {
  const plain = name.replace(' payload=256', '').replace(/(\w+)=(\w+)/g, '$2');
  return plain.length > 24 ? plain.slice(0, 23) + '…' : plain;
}

function bench(entries) {
  if (!entries.length) return;
  add(page, 'h2', 'Depths beside their twins');
  add(page, 'p', `JMH, average time, ${entries[0].forks} fork(s) of ${entries[0].iterations} iteration(s). Before timing each pair gave equal answers.${entries.some(e => e.interrupted) ? ' Stopped early.' : ''}`);
  const ours = entries.filter(e => e.side === 'ours');
  const twin = e => entries.find(t => t.side === 'twin' && t.depth === e.depth && t.params === e.params);
  plot(page, 'Ours against the twin, time of an operation.', {
    type: 'bar',
    data: {
      labels: ours.map(e => short(e.depth + ' ' + e.params)),
      datasets: [
        { label: 'ours', data: ours.map(e => e.score), backgroundColor: COLOURS[0] },
        { label: 'twin', data: ours.map(e => (twin(e) || {}).score), backgroundColor: COLOURS[1] },
      ],
    },
    options: { indexAxis: 'y', plugins: { legend: { labels: { pointStyle: 'rect', pointStyleWidth: 12 } } }, scales: { x: axis('µs/op', 'logarithmic', { ticks: { maxRotation: 0, callback: value => (Number.isInteger(Math.log10(value)) ? +value.toPrecision(1) : '') } }), y: { ticks: { autoSkip: false, font: { size: 10 } } } } },
  }).canvas.parentNode.style.height = 6 + 2 * ours.length + 'rem';
  table(page, ['', 'µs/op', '±', 'twin', 'ratio', 'bytes/op', 'twin', 'CPU µs', 'databases µs'], ours.map(e => {
    const t = twin(e) || {};
    return [e.depth + ' ' + e.params, number(e.score), number(e.error), number(t.score), number(e.score / t.score),
      number(e.bytes, 0), number(t.bytes, 0), number(e.cpu), number(e.engines)];
  }));
}

// What is not durable has a mark, and a ratio only to what is not durable either.
function sideBySide(rows) {
  const questions = [...new Set(rows.map(row => row.question))]
    .filter(question => rows.filter(row => row.question === question).length > 1);
  if (!questions.length) return;
  add(page, 'h2', 'Databases side by side');
  add(page, 'p', '∗ is not durable, and compared only with what is not durable either.');
  questions.forEach(question => {
    add(page, 'h3', question);
    table(page, ['', 'µs', 'ratio', 'CPU µs', 'databases µs', 'version', 'kept', 'settings'],
      rows.filter(row => row.question === question).map(row => [
        row.name, number(row.micros) + (row.durable ? '' : ' ∗'), number(row.ratio), number(row.cpu_micros),
        number(row.engines_cpu_micros), row.version, (row.durable ? '' : '∗ ') + row.kept, row.settings]),
    ).querySelectorAll('td:nth-last-child(-n+2)').forEach(cell => { cell.className = 'text'; });
  });
}

function history(series) {
  if (!series.length) return;
  add(page, 'h2', 'History');
  add(page, 'p', 'One point a run. A red point: from here on the mean is another one.');
  series.forEach(one => {
    plot(page, one.figure, {
      type: 'line',
      data: {
        labels: one.points.map(p => p.at.slice(0, 10) + ' ' + p.revision),
        datasets: [line(one.figure, one.points.map(p => p.value), 0, {
          pointRadius: one.points.map(p => (p.change ? 6 : 2)),
          pointBackgroundColor: one.points.map(p => (p.change ? '#b3261e' : COLOURS[0])),
        })],
      },
      options: {
        plugins: { legend: { display: false } },
        scales: { x: { ticks: { callback: at => one.points[at].at.slice(5, 10) } }, y: { beginAtZero: false } },
      },
    }).canvas.parentNode.style.height = '11rem';
  });
}

function environments(all) {
  add(page, 'h2', 'Measured on');
  Object.entries(all).forEach(([run, said]) => {
    add(page, 'h3', run);
    const rows = [];
    Object.entries(said || {}).forEach(([name, value]) => {
      if (name === 'engines') Object.entries(value).forEach(pair => rows.push(pair));
      else rows.push([name.replaceAll('_', ' '), String(value)]);
    });
    table(page, ['', ''], rows).querySelectorAll('td:last-child').forEach(cell => { cell.className = 'text'; });
  });
}

function flames(links) {
  if (!links.length) return;
  add(page, 'h2', 'Flame graphs');
  const list = add(page, 'ul');
  links.forEach(each => {
    const link = add(add(list, 'li'), 'a', each.name);
    link.href = each.href;
  });
}

DATA.loads.forEach(load);
DATA.capacities.forEach(capacity);
ladder(DATA.ladder);
bench(DATA.bench);
sideBySide(DATA.side_by_side);
flames(DATA.flames);
history(DATA.history);
environments(DATA.environments);
