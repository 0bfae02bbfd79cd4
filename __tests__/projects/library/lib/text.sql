{% macro initials(column) %}
    upper(left({{ column }}, 1))
{% endmacro %}

{% macro remember(what) %}
    {% if execute %}
        {% do log('library ' ~ what, info=false) %}
    {% endif %}
    select '{{ what }}' as noted
{% endmacro %}
