{% macro days_between(first, second) -%}
    date_diff(
        'day',
        {{ first }},
        {{ second }}
    )
{%- endmacro %}

{% macro paired(relation, key, columns) %}
select
    a.{{ key }},
    {%- for column in columns %}
    a.{{ column }} as first_{{ column }},
    b.{{ column }} as second_{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }} as a
join {{ relation }} as b
    on a.{{ key }} = b.{{ key }}
    and a.lent_on < b.lent_on
{% endmacro %}
