{% macro burn() %}{% do run_query('select * from missing_table') %}{% endmacro %}
{% macro refuse() %}{{ exceptions.raise_compiler_error('I refuse to burn') }}{% endmacro %}
