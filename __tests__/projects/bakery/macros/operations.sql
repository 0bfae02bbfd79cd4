{% macro note(event) %}
    select '{{ event }}' as event
{% endmacro %}

{% macro clean_up(schema) %}
    {% set sql %}
        drop schema {{ schema }}
    {% endset %}
    {% do run_query(sql) %}
{% endmacro %}
