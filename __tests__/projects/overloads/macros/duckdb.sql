{# DuckDB calls them macros, and refuses one whose body does not parse. #}
{% macro duckdb__scalar_function_sql(target_relation) %}
create or replace macro {{ target_relation.render() }}(x) as ({{ model.compiled_code }})
{% endmacro %}
