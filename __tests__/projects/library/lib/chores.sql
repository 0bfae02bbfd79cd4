{% macro prune(schema_name) %}
    {% set sql %}
        drop schema {{ schema_name }}
    {% endset %}
    {% do run_query(sql) %}
    {{ log('pruned ' ~ schema_name, info=true) }}
{% endmacro %}
