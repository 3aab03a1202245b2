#!/bin/sh
# The curl lines of TorchServe's documentation against what $TORCHSERVE names: nothing else in this folder says which server it is.
set -eu

$TORCHSERVE --start --ncs --ts-config config.properties --enable-model-api >/dev/null
trap '$TORCHSERVE --stop >/dev/null' EXIT

key() { python3 -c "import json; print(json.load(open('key_file.json'))['$1']['key'])"; }
call() { curl -sS -w '\n%{http_code}\n' "$@"; }
with_key() {
  name=$1 && shift
  echo "> with the key '$name': curl $*"
  call -H "Authorization: Bearer $(key "$name")" "$@"
}
inference() { with_key inference "$@"; }
management() { with_key management "$@"; }

# The original says that it started before it has.
for _ in $(seq 300); do
  if [ -e key_file.json ] && inference http://localhost:8080/ping 2>/dev/null | grep -q '"Healthy"'; then break; fi
  sleep 0.2
done

call http://localhost:8080/ping
inference http://localhost:8080/ping
management http://localhost:8080/ping

printf '[1.0, 2.0]' >numbers.json
inference http://localhost:8080/predictions/eager -H 'Content-Type: application/json' -T numbers.json
inference http://localhost:8080/predictions/scripted/1.0 -H 'Content-Type: application/json' -d @numbers.json
inference http://localhost:8080/predictions/scripted -F 'data=@numbers.json;type=application/json'
inference http://localhost:8080/explanations/scripted -H 'Content-Type: application/json' -T numbers.json
inference http://localhost:8080/predictions/nothing -T numbers.json

management -X POST 'http://localhost:8081/models?url=text.mar&initial_workers=1&synchronous=true'
management -X POST 'http://localhost:8081/models?url=text_v2.mar&initial_workers=1&synchronous=true'
management -X POST 'http://localhost:8081/models?url=text.mar'
inference http://localhost:8080/predictions/text -F 'data=good morning'
inference http://localhost:8080/predictions/text/2.0 -d 'data=good evening'
management 'http://localhost:8081/models?limit=2'
management http://localhost:8081/models/scripted | grep -E '"(modelName|modelVersion|modelUrl|runtime|minWorkers|maxWorkers|batchSize|maxBatchDelay|responseTimeout|status)"'
management -X PUT 'http://localhost:8081/models/text/2.0?min_worker=2&max_worker=2&synchronous=true'
management -X PUT http://localhost:8081/models/text/2.0/set-default
management -X PUT http://localhost:8081/models/text/7.0/set-default
management -X DELETE http://localhost:8081/models/text/2.0
management -X DELETE http://localhost:8081/models/text/1.0
management -X DELETE http://localhost:8081/models/text
management -X DELETE http://localhost:8081/models/text

call 'http://localhost:8082/metrics?name[]=ts_inference_requests_total' | grep -c '^ts_inference_requests_total{.*model_name="scripted"'
old=$(key inference)
with_key API 'http://localhost:8081/token?type=inference' | tail -n 1
call -H "Authorization: Bearer $old" http://localhost:8080/ping
inference http://localhost:8080/ping
