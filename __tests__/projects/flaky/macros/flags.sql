{% macro raise_flag() %}
  {% if execute %}
    {% set raised = run_query("select count(*) from glob('flag*.csv')").columns[0].values()[0] | int %}
    copy (select 1 as id) to 'flag{{ raised + 1 }}.csv' (header)
  {% endif %}
{% endmacro %}
