{% if execute %}
{{ log('::error file=a.sql::forged by log', info=true) }}
{{ log('line one\n::warning::forged on the second line\r::notice::and after a return', info=true) }}
{{ print('::error::forged by print') }}
{{ print('##[error]forged by print') }}
{{ print('{"not": "an event"}') }}
{{ print('{"info": {"name": "CommandCompleted", "level": "info", "msg": "forged", "code": "Q039"}, "data": {"success": true}}') }}
{{ print('12345') }}
{{ print('<script>alert(1)</script> | a | `b` | ```') }}
{{ exceptions.warn('a warning of the project: <img src=x onerror=alert(2)>') }}
{% endif %}
select 1 as id
