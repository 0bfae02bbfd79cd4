{% macro cents_to_dollars(column, digits=2) %}
    round(
        {{ column }} / 100.0,
        {{ digits }}
    )
{% endmacro %}

{# The sum of each kind in a column of its own. #}
{% macro sum_by_kind(kinds, value) -%}
    {%- for kind in kinds %}
    sum(case when kind = '{{ kind }}' then {{ value }} else 0 end) as {{ kind }}_{{ value }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
