{% test total_is(model, column, total) %}
select total
from (select sum({{ column }}) as total from {{ model }}) as totals
where total <> {{ total }}
{% endtest %}
