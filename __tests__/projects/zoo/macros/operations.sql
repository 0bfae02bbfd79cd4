{% macro say(text='hello') %}
  {{ log('say: ' ~ text, info=true) }}
{% endmacro %}

{# For `dbt source freshness`: one table that is fresh, one that warns, one that is too old, and none of the name `vanished`. #}
{% macro make_sources() %}
  {% do run_query("create or replace table feedings as select timestamp '2020-01-01' as fed_at") %}
  {% do run_query("create or replace table visitors as select current_timestamp as seen_at") %}
  {% do run_query("create or replace table weather as select current_timestamp - interval 2 day as measured_at") %}
{% endmacro %}
