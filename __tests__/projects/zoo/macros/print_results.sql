{# A table on standard output between the events, as real projects print it. #}
{% macro print_results(results) %}
  {% if execute %}
    {{ print('+----------------------+') }}
    {{ print('| ' ~ results | length ~ ' results | <i>not JSON</i>') }}
    {{ print('+----------------------+') }}
  {% endif %}
  select 1
{% endmacro %}
