"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const PER_PAGE = 100;
const SEARCHED = ["customer_id", "owner", "reason_1", "reason_2", "reason_3", "action", ...data.own];
const byId = (id) => document.getElementById(id);
const keys = data.columns.map((column) => column.key);
const column = Object.fromEntries(data.columns.map((each) => [each.key, each]));
const has = (key) => key in column;

{% include "list/words.js" %}
{% include "list/elements.js" %}
{% include "list/customers.js" %}
{% include "list/table.js" %}
{% include "list/cards.js" %}
{% include "list/filters.js" %}
{% include "list/drawer.js" %}
{% include "list/length.js" %}
{% include "list/changes.js" %}
{% include "list/hands.js" %}

drawFilters();
update();
drawLength();
drawChanges();
})();
